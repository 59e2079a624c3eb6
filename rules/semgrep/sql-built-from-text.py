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
