import asyncio
import os
import shlex
import subprocess

from fastapi import FastAPI
from flask import request
from pydantic import BaseModel

app = FastAPI()
FORMATS = {"wav", "mp3"}


class Conversion(BaseModel):
    name: str
    width: int
    target: str


@app.post("/convert")
async def convert(body: Conversion):
    # ruleid: untrusted-input-in-command
    os.system("ffmpeg -i " + body.name)
    # ruleid: untrusted-input-in-command
    await asyncio.create_subprocess_shell(f"convert {body.name} out.png")
    # ok: untrusted-input-in-command
    subprocess.run(["ffmpeg", "-i", body.name, "out.wav"], check=True)
    # ok: untrusted-input-in-command
    os.system(f"convert in.png -resize {body.width} out.png")
    # ok: untrusted-input-in-command
    subprocess.run(f"ls -l {shlex.quote(body.name)}", shell=True)
    if body.target in FORMATS:
        # ok: untrusted-input-in-command
        os.system(f"sox in.flac out.{body.target}")


@app.route("/ping")
def ping():
    host = request.args["host"]
    # ruleid: untrusted-input-in-command
    return subprocess.check_output(f"ping -c 1 {host}", shell=True)


@tool
def terminal(line: str) -> str:
    """Run a command for the agent."""
    # ruleid: untrusted-input-in-command
    return subprocess.run(["bash", "-c", line], capture_output=True).stdout


def install(package):
    # ok: untrusted-input-in-command
    subprocess.check_call(["pip", "install", package])
    # ok: untrusted-input-in-command
    subprocess.check_call(f"pip install {package}", shell=True)


@app.get("/lines")
def lines(name: str, most: str):
    # ruleid: untrusted-input-in-command
    total = int(subprocess.check_output(f"wc -l < {name}", shell=True))
    # ok: untrusted-input-in-command
    return total, os.popen(f"head -n {int(most)} log.txt").read()


class Pages:
    @app.get("/pages/{number}")
    def pages(self, number: str):
        self.number = int(number)
        first = second = int(number)
        either = int(number) or 5
        most = max(int(number), 3)
        parts = [int(part) for part in number.split(",")]
        low, high = (int(part) for part in number.split("-"))
        table = {"n": int(number), "m": float(number)}
        table["k"] = len(number)
        total = 0
        total += -int(number) if number else 0
        text = "-".join([str(int(number)), "%d" % int(number), f"{int(number):04d}"])
        # ok: untrusted-input-in-command
        os.system(f"page {self.number} {first} {second} {either} {most} {parts[0]} {low} {high}")
        # ok: untrusted-input-in-command
        os.system(f"page {table['n']} {table['k']} {total} {text}")
