"""Whatever a repository and an endpoint name, no process of a scan asks anything but loopback.

The scan runs in a network namespace that has nothing else, under strace, which sees every process:
the engines' too, and the endpoint's, which is made to fetch what it is told.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
APART = [
    "unshare",
    "--map-root-user",
    "--net",
    sys.executable,
    str(Path(__file__).parent / "lo.py"),
]
# Addresses for documentation (RFC 5737): nobody has them.
ELSEWHERE = "198.51.100.7"
FILES = {
    ".semgrep.yml": f"rules: []\nextends: https://{ELSEWHERE}/rules\n",
    ".checkov.yaml": f"external-checks-git: ['https://{ELSEWHERE}/x.git']\n",
    "setup.cfg": "[bandit]\nplugins = x\n",
    "main.tf": f'module "far" {{\n  source = "git::https://{ELSEWHERE}/m.git"\n}}\n'
    'module "registry" {\n  source = "example/far/aws"\n  version = "1.0.0"\n}\n',
    "Dockerfile": f"FROM {ELSEWHERE}:5000/x:latest\nADD https://{ELSEWHERE}/m.bin /m\n",
    "kustomization.yaml": f"resources:\n- https://{ELSEWHERE}/r.yaml\n",
    ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n"
    "    - uses: example/action@v1\n",
    "serve.py": f"import requests\nrequests.get('http://{ELSEWHERE}/', verify=False)\n",
    "a.ipynb": '{"cells": [{"cell_type": "code", "source": ["!pip install x"]}], "metadata": {},'
    ' "nbformat": 4}',
    "pointer.pt": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 9\n",
}
LURE = f"""
import http.server, json, sys
A = {{"get": {{"responses": {{"200": {{"description": "ok"}}}}}}}}
SPEC = {{
    "openapi": "3.0.0", "info": {{"title": "t", "version": "1"}},
    "servers": [{{"url": "http://{ELSEWHERE}/"}}],
    "externalDocs": {{"url": "http://{ELSEWHERE}/docs"}},
    "paths": {{"/a": A, "/far": {{"$ref": "http://{ELSEWHERE}/spec.json"}}}},
}}
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        spec = "openapi" in self.path
        body = json.dumps(SPEC if spec else {{"next": "http://{ELSEWHERE}/more"}}).encode()
        self.send_response(200 if spec else 302)
        self.send_header("Location", "http://{ELSEWHERE}/moved")
        self.send_header("Link", "<http://{ELSEWHERE}/>; rel=next")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = do_GET
    def log_message(self, *words): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), H).serve_forever()
"""


@pytest.fixture(scope="module")
def watched() -> list[str]:
    """The beginning of a command line in a network of its own, where each process is seen."""
    if missing := [tool for tool in ("strace", "unshare") if shutil.which(tool) is None]:
        pytest.skip(
            f"needs Linux's {' and '.join(missing)} to watch processes; .ci/run installs both"
        )
    words = [*APART, "strace", "-f", "-qq", "-e", "trace=network"]
    done = subprocess.run([*words, "-o", "/dev/null", "true"], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("needs a kernel that lets a user make network namespaces and trace processes")
    return words


def asked(watched: list[str], folder: Path, *words: str) -> tuple[int, set[str]]:
    """The exit code of a scan, and the addresses that it, or a child of it, has asked."""
    log = folder / "calls"
    argv = [*watched, "-o", str(log), sys.executable, "-m", "scanner", "scan", *words]
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), f"http://{ELSEWHERE}:3128")
    done = subprocess.run(
        [*argv, "--no-cache", "--quiet", "--out", str(folder / "out")],
        cwd=ROOT,
        env={**os.environ, **proxies},
        capture_output=True,
        timeout=300,
        check=False,
    )
    return done.returncode, addresses(log.read_text("utf-8", "replace"))


def addresses(log: str) -> set[str]:
    """What calls have named as the other end; sockets that name none are not of a network."""
    return set(re.findall(r'inet_(?:addr|pton)\((?:AF_INET6, )?"([^"]+)"', log))


def test_the_watch_sees_what_a_child_asks(watched: list[str], tmp_path: Path) -> None:
    log = tmp_path / "calls"
    code = (
        "import socket\n"
        f"for a in ('{ELSEWHERE}', '2001:db8::7'):\n"
        "    s = socket.socket(socket.AF_INET6 if ':' in a else socket.AF_INET)\n"
        "    s.connect_ex((a, 80))\n"
        f"socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.9', 53))\n"
    )
    argv = [*watched, "-o", str(log), "sh", "-c", '"$0" -c "$1"; true', sys.executable, code]
    subprocess.run(argv, check=False, capture_output=True)
    assert addresses(log.read_text()) >= {ELSEWHERE, "2001:db8::7", "127.0.0.9"}


def test_a_repository_leads_nowhere(watched: list[str], tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    for name, text in FILES.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).write_text(text)
    code, seen = asked(watched, tmp_path, str(repo))
    assert code in (1, 3)
    # Nobody asked, and not because nobody ran.
    engines = json.loads((tmp_path / "out/result.json").read_text())["engines"]
    ran = {row["name"] for row in engines if row["state"] in ("completed", "partial")}
    assert ran >= {"bandit", "semgrep", "checkov", "zizmor", "secrets"}
    assert {address for address in seen if not ipaddress.ip_address(address).is_loopback} == set()


def test_an_endpoint_leads_nowhere(watched: list[str], tmp_path: Path) -> None:
    program, repo = tmp_path / "lure.py", tmp_path / "repo"
    program.write_text(LURE)
    repo.mkdir()
    command = f"{sys.executable} {program} {{port}}"
    code, seen = asked(
        watched,
        tmp_path,
        *(str(repo), "--only", "probes", "--command", command),
        *("--spec", "/openapi.json", "--budget", "60"),
    )
    assert code in (0, 1, 3)
    assert "127.0.0.1" in seen
    assert {address for address in seen if not ipaddress.ip_address(address).is_loopback} == set()


def test_nor_does_the_bundled_one_that_fetches_what_it_is_told(
    watched: list[str], tmp_path: Path
) -> None:
    posture = ROOT / "sample_endpoint" / "vulnerable"
    config = str(posture / "servegate.toml")
    code, seen = asked(
        watched, tmp_path, str(posture), "--config", config, "--only", "probes", "--skip", "zap"
    )
    assert code == 1
    assert "127.0.0.1" in seen
    assert {address for address in seen if not ipaddress.ip_address(address).is_loopback} == set()
