"""`servegate zap` and `servegate import zap` through the real command."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanner.engines.zap.find import Installed
from tests.zap.conftest import DOCUMENT, ROOT
from tests.zap.test_install import Serve, serve, zipped

__all__ = ["serve"]  # a fixture

SITE = "http://127.0.0.1:8000"


def command(*words: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run servegate."""
    return subprocess.run(
        [sys.executable, "-m", "scanner", *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def traditional() -> dict[str, Any]:
    """A `traditional-json` report, with the messages of its `plus` form in one place."""
    return {
        "@programName": "ZAP",
        "@version": "2.17.0",
        "site": [
            {
                "@name": SITE,
                "alerts": [
                    {
                        "pluginid": "40018",
                        "alertRef": "40018",
                        "alert": "SQL Injection",
                        "name": "SQL Injection",
                        "riskcode": "3",
                        "confidence": "2",
                        "desc": "<p>Values reach the query.</p><p>Tom &amp; Jerry</p>",
                        "solution": "<p>Bind them.</p>",
                        "reference": "<p>https://owasp.org/sql</p>",
                        "cweid": "89",
                        "instances": [
                            {
                                "uri": f"{SITE}/v1/items/7?q=1",
                                "method": "GET",
                                "param": "q",
                                "attack": "1'",
                                "request-header": f"GET {SITE}/v1/items/7?q=1 HTTP/1.1\r\n"
                                "Authorization: Bearer abc\r\n\r\n",
                                "response-header": "HTTP/1.1 500 Error\r\n\r\n",
                                "response-body": "near 1'",
                            }
                        ],
                    },
                    {
                        "pluginid": "10096",
                        "name": "Timestamp Disclosure",
                        "riskcode": "0",
                        "confidence": "1",
                        "instances": [{"uri": f"{SITE}/v1/items", "method": "GET"}],
                    },
                    {"pluginid": "6", "name": "Path", "riskcode": "3", "confidence": "0",
                     "instances": [{"uri": f"{SITE}/v1/items", "method": "GET"}]},
                ],
            }
        ],
    }  # fmt: skip


def test_a_report_is_judged(tmp_path: Path) -> None:
    (tmp_path / "zap.json").write_text(json.dumps(traditional()))
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    ended = command(
        "import", "zap", "zap.json", "--spec", "openapi.json", "--format", "json", cwd=tmp_path
    )
    assert ended.returncode == 1, ended.stderr
    assert "Verdict: FAILED" in ended.stdout
    result = (tmp_path / "servegate-report" / "result.json").read_text()
    assert "/v1/items/{item_id}" in result
    assert "Tom & Jerry" in result
    assert "Bearer abc" not in result
    assert "1 left out: marked as false positive in ZAP" in result
    assert "1 left out: of rules that say nothing about an API" in result
    again = command("report", "servegate-report/result.json", "--format", "sarif", cwd=tmp_path)
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("document", "code", "told"),
    [
        ({"alerts": []}, 0, "Verdict: PASSED"),
        ({"alerts": [{"id": "1", "name": "no url"}]}, 3, "Verdict: INCONCLUSIVE"),
        (
            {"alerts": [{"url": f"{SITE}/a", "risk": "Low", "confidence": "High", "name": "N"}]},
            0,
            "Verdict: PASSED",
        ),
        ({"rules": []}, 2, "is not a ZAP report in JSON: neither `alerts` nor `site`"),
        ("<xml/>", 2, "is not a ZAP report in JSON"),
    ],
)
def test_other_reports(tmp_path: Path, document: object, code: int, told: str) -> None:
    text = document if isinstance(document, str) else json.dumps(document)
    (tmp_path / "zap.json").write_text(text)
    ended = command("import", "zap", "zap.json", "--format", "json", cwd=tmp_path)
    assert ended.returncode == code, ended.stderr
    assert told in ended.stdout + ended.stderr


def test_a_missing_report_is_one_line(tmp_path: Path) -> None:
    ended = command("import", "zap", "none.json", cwd=tmp_path)
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert "none.json: can't be read" in ended.stderr


def test_a_required_engine_stays_required(tmp_path: Path) -> None:
    (tmp_path / "zap.json").write_text('{"alerts": []}')
    (tmp_path / "policy.toml").write_text('[gate]\nrequired = ["probes"]\n')
    ended = command("import", "zap", "zap.json", "--config", "policy.toml", cwd=tmp_path)
    assert ended.returncode == 3, ended.stdout


CONFIG = """\
[endpoint]
url = "http://127.0.0.1:8000/base"
spec = "openapi.json"

[[endpoint.identities]]
name = "alice"
header = "Authorization"
prefix = "Bearer "
value_env = "ALICE_KEY"

[zap]
max_minutes = 7
"""


def write_plan(folder: Path) -> dict[str, Any]:
    """A plan for the listener's API."""
    (folder / "servegate.toml").write_text(CONFIG)
    (folder / "openapi.json").write_text(json.dumps(DOCUMENT))
    ended = command("zap", "plan", cwd=folder, ALICE_KEY="s3cr3t-value")
    assert ended.returncode == 0, ended.stderr
    text = (folder / "zap-plan.yaml").read_text()
    assert "s3cr3t-value" not in text
    plan: dict[str, Any] = yaml.safe_load(text)
    return plan


def test_a_plan_is_the_same_scan(tmp_path: Path) -> None:
    plan = write_plan(tmp_path)
    jobs = {job["type"]: job for job in plan["jobs"]}
    assert list(jobs) == [
        "passiveScan-config",
        "replacer",
        "openapi",
        "passiveScan-wait",
        "activeScan",
        "report",
    ]
    assert jobs["replacer"]["rules"][0]["replacementString"] == "Bearer ${ALICE_KEY}"
    assert jobs["activeScan"]["parameters"]["maxScanDurationInMins"] == 7
    assert jobs["report"]["parameters"]["template"] == "traditional-json"
    document = json.loads(Path(jobs["openapi"]["parameters"]["apiFile"]).read_text())
    assert document["servers"] == [{"url": "http://127.0.0.1:8000/base"}]
    assert list(document["paths"]["/v1/items/{item_id}"]) == ["get"], "DELETE is not for ZAP"
    context = plan["env"]["contexts"][0]
    assert context["includePaths"] == [r"\Qhttp://127.0.0.1:8000\E(?:[/?#].*)?"]


@pytest.mark.e2e
def test_the_real_framework_reads_the_plan(tmp_path: Path, place: Installed) -> None:
    """What it does not know must be add-ons that are not there, never a key of ours."""
    write_plan(tmp_path)
    argv = [str(place.java), "-Xmx512m", "-jar", str(place.jar), "-cmd", "-silent"]
    ended = subprocess.run(
        [*argv, "-dir", str(tmp_path / "home"), "-autorun", str(tmp_path / "zap-plan.yaml")],
        cwd=place.home,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    said = ended.stdout + ended.stderr
    assert "Job activeScan set context = servegate" in said
    assert "Job activeScan set maxScanDurationInMins = 7" in said
    assert "Job activeScan set defaultThreshold = off" in said
    strange = [
        line
        for line in said.splitlines()
        if "nrecognised" in line and "job type" not in line and "rule ID" not in line
    ]
    assert strange == []


def test_a_plan_needs_an_address(tmp_path: Path) -> None:
    (tmp_path / "openapi.json").write_text(json.dumps(DOCUMENT))
    ended = command("zap", "plan", "--spec", "openapi.json", cwd=tmp_path)
    assert ended.returncode == 2
    assert "give --url" in ended.stderr


def test_install_and_doctor(serve: Serve, tmp_path: Path, place: Installed) -> None:
    content = zipped("ZAP_9.9.9/zap-9.9.9.jar")
    words = ("zap", "install", "--version", "9.9.9", "--url", serve(content), "--sha256")
    data = {"XDG_DATA_HOME": str(tmp_path / "data"), "ZAP_HOME": ""}
    wrong = command(*words, "0" * 64, cwd=tmp_path, **data)
    assert wrong.returncode == 2
    assert "nothing was unpacked" in wrong.stderr
    right = command(*words, hashlib.sha256(content).hexdigest(), cwd=tmp_path, **data)
    assert right.returncode == 0, right.stderr
    assert "ZAP 9.9.9 is in" in right.stdout
    java = {"JAVA_HOME": str(place.java.resolve().parents[1])}
    doctor = command("doctor", cwd=tmp_path, **data, **java)
    line = next(one for one in doctor.stdout.splitlines() if one.startswith("zap"))
    assert "found" in line
    assert "9.9.9" in line


def test_a_zap_that_must_be_there_makes_it_inconclusive(tmp_path: Path) -> None:
    """Where the policy requires ZAP and the one that is named has no jar."""
    (tmp_path / "app.py").write_text("x = 1\n")
    (tmp_path / "servegate.toml").write_text(
        '[gate]\nrequired = ["zap"]\n[endpoint]\nurl = "http://127.0.0.1:9"\n'
        '[zap]\nhome = "/nonexistent"\n'
    )
    ended = command("scan", "--only", "bandit,zap", "--format", "json", cwd=tmp_path)
    assert ended.returncode == 3, ended.stderr
    assert "no zap-<version>.jar there" in ended.stdout


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[zap]\nurl = "not a url"\n', "zap.url"),
        ("[zap]\nmemory = 5\n", "unknown key zap.memory (did you mean memory_mb?)"),
        ('[zap]\nimage = "--privileged"\n', "zap.image"),
    ],
)
def test_a_wrong_configuration_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "servegate.toml").write_text(text)
    ended = command("scan", "--dry-run", cwd=tmp_path)
    assert ended.returncode == 2
    assert told in ended.stderr
