import pandas as pd
import sqlalchemy

COLUMNS = "id, owner"


def jobs(cursor, owner, table, ids):
    # ruleid: sql-built-from-text
    cursor.execute(f"SELECT * FROM jobs WHERE owner = '{owner}'")
    # ruleid: sql-built-from-text
    cursor.execute("DELETE FROM %s" % table)
    # ruleid: sql-built-from-text
    cursor.execute("SELECT * FROM {}".format(table))
    # ruleid: sql-built-from-text
    query = f"SELECT {COLUMNS} FROM jobs WHERE {owner}"
    # ok: sql-built-from-text
    cursor.execute(query)
    # ruleid: sql-built-from-text
    statement = sqlalchemy.text("UPDATE jobs SET owner = " + owner)
    return statement


def safe(cursor, owner, ids, console):
    # ok: sql-built-from-text
    cursor.execute("SELECT * FROM jobs WHERE owner = ?", (owner,))
    # ok: sql-built-from-text
    cursor.execute(f"SELECT {COLUMNS} FROM jobs WHERE owner = ?", (owner,))
    placeholders = ", ".join("?" for _ in ids)
    # ok: sql-built-from-text
    cursor.execute(f"SELECT * FROM jobs WHERE id IN ({placeholders})", ids)
    # ok: sql-built-from-text
    cursor.execute("SELECT name FROM jobs WHERE name LIKE '%a%'")
    # ok: sql-built-from-text
    console.print(f"Select {owner} from the list")


async def stores(conn, pool, owner, frame, spark, db):
    # ruleid: sql-built-from-text
    await conn.fetch(f"SELECT * FROM jobs WHERE owner = '{owner}'")
    # fmt: off
    # ruleid: sql-built-from-text
    await conn.execute("DELETE FROM jobs " f"WHERE owner = '{owner}'")
    # ruleid: sql-built-from-text
    await pool.fetchval(
        "SELECT count(*) FROM jobs "
        f"WHERE owner = '{owner}'"
    )
    # fmt: on
    # ruleid: sql-built-from-text
    frame = pd.read_sql(f"SELECT * FROM jobs WHERE owner = '{owner}'", db)
    # ruleid: sql-built-from-text
    rows = spark.sql("SELECT * FROM jobs WHERE owner = '%s'" % owner)
    # ruleid: sql-built-from-text
    db.execute(f"WITH mine AS (SELECT * FROM jobs WHERE owner = '{owner}') SELECT * FROM mine")
    # ruleid: sql-built-from-text
    query = (
        "SELECT id "
        "FROM jobs "
        f"WHERE owner = '{owner}'"
    )
    return pd.read_sql_query(query, db), rows


async def bound_stores(conn, owner, spark, db, client, limit, name):
    # ok: sql-built-from-text
    await conn.fetch("SELECT * FROM jobs WHERE owner = $1", owner)
    # ok: sql-built-from-text
    await conn.fetchrow("SELECT * FROM jobs " "WHERE owner = $1", owner)
    # ok: sql-built-from-text
    frame = pd.read_sql("SELECT * FROM jobs WHERE owner = ?", db, params=(owner,))
    # ok: sql-built-from-text
    spark.sql("SELECT * FROM jobs WHERE owner = :owner", args={"owner": owner})
    # ok: sql-built-from-text
    client.query(f"With {name} as your assistant, ask anything")
    # ok: sql-built-from-text
    db.execute("WITH mine AS (SELECT * FROM jobs WHERE owner = ?) SELECT * FROM mine", (owner,))
    # ok: sql-built-from-text
    message = f"Select {owner} from the list and update {name}"
    # ok: sql-built-from-text
    await client.fetch(f"https://models.example.org/{name}")
    return frame, message
