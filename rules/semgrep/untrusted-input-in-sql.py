import sqlite3

import pandas as pd
from fastapi import Depends, FastAPI
from flask import request
from pydantic import BaseModel
from sqlalchemy import select, text

app = FastAPI()
COLUMNS = {"date": "created_at", "name": "name"}


class Search(BaseModel):
    owner: str
    limit: int = 10


@app.get("/jobs")
def jobs(owner: str, sort: str, limit: int, connection: sqlite3.Connection = Depends(connect)):
    cursor = connection.cursor()
    # ruleid: untrusted-input-in-sql
    cursor.execute(f"SELECT * FROM jobs WHERE owner = '{owner}'")
    # ok: untrusted-input-in-sql
    cursor.execute("SELECT * FROM jobs WHERE owner = ?", (owner,))
    # ok: untrusted-input-in-sql
    cursor.execute(f"SELECT * FROM jobs ORDER BY {COLUMNS[sort]} LIMIT {limit}")
    return cursor.fetchall()


@app.post("/search")
async def search(body: Search, session=Depends(get_session)):
    # ruleid: untrusted-input-in-sql
    rows = await session.execute(text("SELECT * FROM docs WHERE owner = '%s'" % body.owner))
    # ok: untrusted-input-in-sql
    safe = await session.execute(text("SELECT * FROM docs WHERE owner = :o"), {"o": body.owner})
    # ok: untrusted-input-in-sql
    typed = await session.execute(select(Doc).where(Doc.owner == body.owner))
    # ok: untrusted-input-in-sql
    top = await session.execute(text(f"SELECT * FROM docs LIMIT {body.limit}"))
    return rows, safe, typed, top


@app.route("/frame")
def frame():
    # ruleid: untrusted-input-in-sql
    return pd.read_sql("SELECT * FROM t WHERE k = " + request.args.get("k"), engine).to_json()


def answer(db, llm, question):
    query = llm.predict(f"Write SQL for {question}")
    # ruleid: untrusted-input-in-sql
    return db.execute(query)


def migrate(cursor, table):
    # ok: untrusted-input-in-sql
    cursor.execute(f"ALTER TABLE {table} ADD COLUMN owner TEXT")


@app.get("/count")
def count(connection, owner: str, limit: str):
    # ruleid: untrusted-input-in-sql
    found = len(connection.execute(f"SELECT id FROM jobs WHERE owner = '{owner}'").fetchall())
    most: int = int(limit)
    # ok: untrusted-input-in-sql
    rows = connection.execute(f"SELECT id FROM jobs LIMIT {most}").fetchall()
    return found, rows
