"""Several endpoints in one repository: a verdict for each, and one of all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.config import load_settings
from scanner.model.errors import ConfigError

pytestmark = pytest.mark.e2e
BAD = "import pickle\nmodel = pickle.load(open('m.pkl', 'rb'))\n"
GOOD = "x = 1\n"
CONFIG = (
    '[[endpoint]]\nname = "chat"\npath = "services/chat"\nalso = ["infra/chat"]\n\n'
    '[[endpoint]]\nname = "embed"\npath = "services/embed"\n'
)
# It answers in its own folder only, so that it is started where it should be.
APP = """\
import json, pathlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
assert pathlib.Path("here.txt").exists()
SPEC = {"openapi": "3.0.0", "info": {"title": "t", "version": "1"},
        "paths": {"/health": {"get": {"responses": {"200": {"description": "ok"}}}}}}
class App(BaseHTTPRequestHandler):
    def do_GET(self):
        known = {"/health": {}, "/openapi.json": SPEC}
        text = json.dumps(known.get(self.path, {"detail": "no"})).encode()
        self.send_response(200 if self.path in known else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
    def log_message(self, *words):
        pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), App).serve_forever()
"""


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    for name, text in {
        "servegate.toml": CONFIG,
        "services/chat/serve.py": GOOD,
        "services/chat/requirements.txt": "fastapi\n",
        "services/embed/serve.py": GOOD,
        "infra/chat/Dockerfile": "FROM python:3.12-slim\nUSER 1000\nHEALTHCHECK NONE\n",
        "lib/shared.py": GOOD,
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    for words in (["init", "-qb", "main"], ["add", "-A"], ["commit", "-qm", "first"]):
        git(folder, *words)
    return folder


def git(repo: Path, *words: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *who, *words], cwd=repo, check=True, capture_output=True)


def scan(repo: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "scanner", "scan", ".", "--quiet", *words]
    return subprocess.run(
        argv, cwd=repo, env=os.environ, capture_output=True, text=True, check=False, timeout=300
    )


def verdicts(repo: Path) -> dict[str, str]:
    told = json.loads((repo / "servegate-report/endpoints.json").read_text())
    return {"all": told["verdict"], **{one["name"]: one["verdict"] for one in told["endpoints"]}}


def paths(repo: Path, name: str) -> set[str]:
    result = json.loads((repo / f"servegate-report/{name}/result.json").read_text())
    return {target for row in result["engines"] for target in row.get("targets", [])}


STATIC = ("--only", "sast")


def test_each_is_judged_and_all_as_the_worst(repo: Path) -> None:
    (repo / "services/embed/serve.py").write_text(BAD)
    done = scan(repo, *STATIC)
    assert done.returncode == 1, done.stdout + done.stderr
    assert verdicts(repo) == {
        "all": "failed",
        "chat": "passed",
        "embed": "failed",
        "repository": "passed",
    }
    assert "All endpoints: FAILED" in done.stdout
    summary = (repo / "servegate-report/summary.md").read_text()
    assert "| embed | failed |" in summary
    assert "# chat" in summary
    result = json.loads((repo / "servegate-report/embed/result.json").read_text())
    assert result["findings"][0]["location"]["path"] == "services/embed/serve.py"


def test_what_belongs_to_none_is_scanned_too(repo: Path) -> None:
    (repo / "lib/shared.py").write_text(BAD)
    assert scan(repo, *STATIC).returncode == 1
    assert verdicts(repo)["repository"] == "failed"
    assert verdicts(repo)["chat"] == "passed"


@pytest.mark.parametrize(
    ("change", "touched"),
    [
        ("services/chat/serve.py", {"chat"}),
        ("services/chat/requirements.txt", {"chat"}),
        ("infra/chat/Dockerfile", {"chat"}),
        ("services/chat/new.py", {"chat"}),
        ("lib/shared.py", {"repository"}),
        ("servegate.toml", {"chat", "embed", "repository"}),
        ("", set()),
    ],
)
def test_only_what_a_change_touches_is_scanned(repo: Path, change: str, touched: set[str]) -> None:
    if change:
        path = repo / change
        path.write_text((path.read_text() if path.exists() else "") + "\n# changed\n")
    done = scan(repo, *STATIC, "--changed-since", "main")
    judged = verdicts(repo) if (repo / "servegate-report").is_dir() else {}
    scanned = {name for name, word in judged.items() if word != "untouched"} - {"all"}
    assert scanned == touched, done.stdout + done.stderr
    if not change:
        assert done.returncode == 0


def test_what_looked_at_nothing_is_no_pass(repo: Path) -> None:
    (repo / "services/embed/serve.py").write_text(BAD)
    assert scan(repo, *STATIC).returncode == 1
    before = (repo / "servegate-report/endpoints.json").read_text()
    dry = scan(repo, *STATIC, "--dry-run")
    assert dry.returncode == 0
    assert "All endpoints" not in dry.stdout
    assert (repo / "servegate-report/endpoints.json").read_text() == before
    part = scan(repo, *STATIC, "--shard", "1/2")
    assert part.returncode == 2
    assert "--endpoint (chat, embed)" in part.stderr
    (repo / "services/embed/serve.py").write_text(GOOD)
    untouched = scan(repo, *STATIC, "--changed-since", "main")
    assert untouched.returncode == 0
    assert "\nAll endpoints: UNTOUCHED\n" in untouched.stdout
    assert verdicts(repo)["all"] == "untouched"


def test_a_folder_that_cannot_be_listed_is_no_pass(repo: Path) -> None:
    from scanner.cli.endpoints import narrowed
    from scanner.inventory import take_inventory
    from scanner.model.outcome import Gap

    settings = load_settings(repo / "servegate.toml", {})
    whole = take_inventory(repo)
    for subject, parts in {
        ".": {"chat", "embed", "repository"},
        "services": {"chat", "embed", "repository"},
        "services/chat/deep": {"chat"},
        "lib": {"repository"},
    }.items():
        gap = Gap(subject=subject, reason="x")
        seen = {
            name
            for name in ("chat", "embed", "repository")
            if narrowed(replace(whole, unreadable=(gap,)), settings, name).unreadable
        }
        assert seen == parts, subject


def test_one_can_be_named(repo: Path) -> None:
    (repo / "services/embed/serve.py").write_text(BAD)
    assert scan(repo, *STATIC, "--endpoint", "chat").returncode == 0
    assert scan(repo, *STATIC, "--endpoint", "embed").returncode == 1
    wrong = scan(repo, *STATIC, "--endpoint", "embd")
    assert wrong.returncode == 2
    assert "'embd' is none of chat, embed" in wrong.stderr
    unclear = scan(repo, *STATIC, "--url", "http://127.0.0.1:9")
    assert unclear.returncode == 2
    assert "--endpoint says which one is meant" in unclear.stderr


def test_each_is_started_in_its_own_folder_and_attacked(repo: Path) -> None:
    (repo / "services/chat/app.py").write_text(APP)
    (repo / "services/chat/here.txt").touch()
    config = CONFIG.replace(
        'also = ["infra/chat"]\n',
        'also = ["infra/chat"]\ncommand = "{python} app.py {port}"\n'
        'ready = "/health"\nspec = "/openapi.json"\n',
    )
    (repo / "servegate.toml").write_text(config)
    done = scan(repo, "--only", "probes,bandit", "--fail-on", "critical")
    result = json.loads((repo / "servegate-report/chat/result.json").read_text())
    states = {row["name"]: row["state"] for row in result["engines"]}
    assert states["probes"] in ("completed", "partial"), done.stdout + done.stderr
    other = json.loads((repo / "servegate-report/embed/result.json").read_text())
    assert {row["name"]: row["state"] for row in other["engines"]}["probes"] == "left out"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (CONFIG.replace('"embed"', '"chat"'), "two are called 'chat'"),
        (CONFIG.replace('"embed"', '"repository"'), "none may be called 'repository'"),
        (CONFIG.replace("path =", "pth ="), "unknown key [[endpoint]].pth (did you mean path?)"),
        (CONFIG.replace("[[endpoint]]", "[[endpoints]]"), "did you mean [[endpoint]]?"),
        (CONFIG.replace('"chat"', '"../chat"', 1), "[[endpoint]].name"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "servegate.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_settings(tmp_path / "servegate.toml", {})
    assert told in str(caught.value)


def test_a_folder_that_is_not_there_is_named(repo: Path) -> None:
    (repo / "servegate.toml").write_text(CONFIG.replace("services/embed", "services/embd"))
    done = scan(repo, *STATIC)
    assert done.returncode == 2
    assert "[[endpoint]] embed: services/embd is not in the scanned folder" in done.stderr
