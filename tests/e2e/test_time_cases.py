"""Trouble cases of findings over time: baselines, waivers, older states of the repository."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from tests.e2e.command import Done, case, run, servegate

pytestmark = pytest.mark.e2e
STATIC = ("--only", "bandit,semgrep")


def command(*words: str | Path, cwd: Path) -> Done:
    return run([sys.executable, "-m", "scanner", *map(str, words)], cwd, cwd / "servegate-report")


def version(folder: Path, name: str) -> None:
    shutil.rmtree(folder / "work", ignore_errors=True)
    shutil.copytree(folder / name, folder / "work")


def prints(done: Done, rule: str) -> set[str]:
    sarif = json.loads((done.out / "results.sarif").read_text())
    rows = sarif["runs"][0]["results"]
    return {
        row["partialFingerprints"]["primaryLocationLineHash"]
        for row in rows
        if rule in json.dumps(row)
    }


def test_gate_baseline_line_shift(tmp_path: Path) -> None:
    folder = case("gate-baseline-line-shift", tmp_path)
    version(folder, "v1")
    first = servegate("work", *STATIC, cwd=folder)
    assert first.code == 1
    assert command("baseline", "write", cwd=folder).code == 0
    compared = ("work", *STATIC, "--baseline", "servegate-baseline.json")
    version(folder, "v2")
    second = servegate(*compared, cwd=folder)
    assert second.code == 0
    assert second.result["counts"]["new"] == 0
    assert second.result["counts"]["known"] == first.result["counts"]["new"]
    assert second.result["counts"]["fixed"] == 0
    assert prints(first, "B307") == prints(second, "B307") != set()
    version(folder, "v3")
    third = servegate(*compared, cwd=folder)
    assert third.code == 1
    assert third.result["counts"]["new"] == 1
    for report in ("summary.md", "report.html"):
        assert "1 new, " in (third.out / report).read_text(), report
    (folder / "work/app.py").write_text("x = 1\n")
    clean = servegate(*compared, cwd=folder)
    assert clean.code == 0
    assert clean.result["counts"]["fixed"] == first.result["counts"]["new"]
    skipped = servegate("work", "--only", "bandit", *compared[3:], cwd=folder)
    assert skipped.result["counts"]["fixed"] > 0
    for report in ("summary.md", "report.html", "junit.xml"):
        assert "app.py:9" in (clean.out / report).read_text(), report


def test_a_baseline_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    for text in (None, "{}", "[1]", "x"):
        if text is not None:
            (tmp_path / "b.json").write_text(text)
        done = servegate(".", "--baseline", "b.json", cwd=tmp_path)
        assert done.code == 2
        assert "servegate baseline write" in done.stderr
        assert done.stderr.count("\n") == 1


def test_gate_waivers(tmp_path: Path) -> None:
    folder = case("gate-waivers", tmp_path)
    first = servegate("repo", *STATIC, cwd=folder)
    by_line = {e["location"]["start_line"]: e["fingerprint"] for e in first.result["findings"]}
    assert set(by_line) == {2, 6, 10, 14}
    day = datetime.now(timezone.utc).date()
    for line, days in ((2, 30), (10, 0)):
        words = ("--reason", f"line {line}", "--owner", "ml", "--until", day + timedelta(days=days))
        done = command("waive", by_line[line][:14], *map(str, words), cwd=folder)
        assert done.code == 0, done.text
    file = folder / "servegate-waivers.toml"
    extra = (
        f'[[waiver]]\nfingerprint = "{by_line[6]}"\nreason = "old agreement"\nowner = "ml"\n'
        f"until = {day - timedelta(days=1)}\n"
        '[[waiver]]\nrule = "B301"\npath = "gone.py"\nreason = "file was deleted"\nowner = "ml"\n'
        f"until = {day + timedelta(days=30)}\n"
    )
    file.write_text(file.read_text() + extra)
    done = servegate("repo", *STATIC, cwd=folder)
    assert done.code == 1
    lines = {
        status: {
            e["location"]["start_line"] for e in done.result["findings"] if e["status"] == status
        }
        for status in ("new", "suppressed")
    }
    assert lines == {"new": {6, 14}, "suppressed": {2, 10}}
    told = " ".join(reason["text"] for reason in done.result["reasons"])
    assert f"expired on {day - timedelta(days=1)}" in told
    assert "B301 in gone.py) is unused" in told
    waived = next(e for e in done.result["findings"] if e["location"]["start_line"] == 2)
    assert waived["waiver"]["owner"] == "ml"
    assert f"until {day + timedelta(days=30)}" in waived["reason"]
    for report in ("summary.md", "report.html"):
        assert "gone.py" in (done.out / report).read_text(), report


def test_a_verdict_explains_itself(tmp_path: Path) -> None:
    folder = case("gate-waivers", tmp_path)
    done = servegate("repo", *STATIC, "--policy", "pr", cwd=folder)
    assert done.code == 1
    # Lines are broken where the terminal is narrow.
    told = " ".join(done.text.split())
    assert 'fail_on = "high" of policy pr: v1:' in told
    assert "To pass: mend it, or waive it: servegate waive v1:" in told
    for report in ("summary.md", "report.html"):
        assert "of policy pr" in (done.out / report).read_text(), report
    assert done.result["policy"]["name"] == "pr"
    audit = command("gate", "servegate-report/result.json", "--policy", "audit", cwd=folder)
    assert audit.code == 0
    assert "observed only: 4 findings" in " ".join(audit.text.split())
    strict = servegate("repo", *STATIC, "--policy", "strict", cwd=folder)
    assert "dast is required by the policy" in " ".join(strict.text.split())


def test_rendering_again_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = case("gate-waivers", tmp_path)
    (folder / "servegate-waivers.toml").write_text(
        '[[waiver]]\nrule = "B307"\nreason = "r"\nowner = "o"\nuntil = 2999-01-01\n'
    )
    servegate("repo", *STATIC, cwd=folder)
    (folder / "servegate-waivers.toml").unlink()
    command("baseline", "write", cwd=folder)
    done = servegate("repo", *STATIC, "--baseline", "servegate-baseline.json", cwd=folder)
    names = [path.name for path in done.out.iterdir()]
    assert len(names) >= 5
    again = command(
        "report", done.out / "result.json", "--out", folder / "again", "--format",
        "json,html,sarif,junit,markdown", cwd=folder,
    )  # fmt: skip
    assert again.code == 0, again.text
    for name in ("result.json", "report.html", "results.sarif", "junit.xml", "summary.md"):
        assert (folder / "again" / name).read_bytes() == (done.out / name).read_bytes(), name


def test_a_past_day_is_refused(tmp_path: Path) -> None:
    folder = case("gate-waivers", tmp_path)
    first = servegate("repo", *STATIC, cwd=folder)
    name = first.result["findings"][0]["fingerprint"]
    words = ("--reason", "r", "--owner", "o", "--until")
    for until, fault in (("2020-01-01", "expired"), ("soon", "no day")):
        done = command("waive", name, *words, until, cwd=folder)
        assert done.code == 2
        assert fault in done.stderr
    assert not (folder / "servegate-waivers.toml").exists()
    assert command("waive", "v1:ffff", *words, "2999-01-01", cwd=folder).code == 2


@pytest.mark.parametrize("ref", ["origin/main", "HEAD~1"])
def test_gate_shallow_clone(tmp_path: Path, ref: str) -> None:
    clone = case("gate-shallow-clone", tmp_path) / "made/clone"
    for flag in ("--baseline", "--changed-since"):
        done = servegate(".", *STATIC, flag, f"git:{ref}", cwd=clone)
        assert done.code == 2
        assert ref in done.stderr
        assert "fetch-depth: 0" in done.stderr
        assert done.stderr.count("\n") == 1
        assert not done.result


def test_an_older_state_is_the_baseline(tmp_path: Path) -> None:
    origin = case("gate-shallow-clone", tmp_path) / "made/origin"
    done = servegate(".", *STATIC, "--baseline", "git:main", cwd=origin)
    assert done.code == 1
    assert (done.result["counts"]["new"], done.result["counts"]["known"]) == (1, 1)
    assert done.result["comparison"]["source"] == "git:main"
    again = command("gate", "servegate-report/result.json", cwd=origin)
    assert again.code == 1
    assert "1 finding at or above high" in again.text
    (origin / "app.py").rename(origin / "moved.py")
    moved = servegate(".", *STATIC, "--baseline", "git:HEAD", cwd=origin)
    assert moved.code == 0, moved.text
    assert moved.result["counts"]["known"] == 2


def test_only_what_changed_is_looked_at(tmp_path: Path) -> None:
    origin = case("gate-shallow-clone", tmp_path) / "made/origin"
    (origin / "other.py").write_text("def f(x):\n    return eval(x)\n")
    done = servegate(".", *STATIC, "--changed-since", "HEAD", cwd=origin)
    assert done.code == 1
    assert {e["location"]["path"] for e in done.result["findings"]} == {"other.py"}
    for report in ("summary.md", "report.html"):
        assert "1 of 2 files were not judged: app.py" in (done.out / report).read_text().replace(
            "\\", ""
        )
    refused = command("baseline", "write", cwd=origin)
    assert refused.code == 2
    assert "--changed-since" in refused.stderr
    (origin / "other.py").unlink()
    nothing = servegate(".", *STATIC, "--changed-since", "HEAD", cwd=origin)
    assert nothing.code == 0, nothing.text
    assert "nothing that an engine reads changed since HEAD" in nothing.text
