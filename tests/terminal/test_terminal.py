"""What is printed: whole in any width and encoding, and nothing of the scan steers the terminal."""

from __future__ import annotations

import io
import json
import re
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace
from rich.console import Console as RichConsole

from scanner.cli import show
from scanner.cli.earlier import seconds_before, with_earlier
from scanner.cli.terminal import Console, board, summary
from scanner.cli.terminal.style import mark
from scanner.model.decision import Status
from scanner.model.errors import InputError
from scanner.model.evidence import Patch
from scanner.model.protocols import Tally
from scanner.model.scan import ScanResult
from scanner.reporters import _facts, reporter
from scanner.run import Progress
from tests.reporters import factory
from tests.reporters.strategies import scans

CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def printed(scan: ScanResult, monkeypatch: pytest.MonkeyPatch, width: int = 100) -> str:
    out = io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", str(width))
    Console(quiet=False, debug=False).summary(scan, (Path("servegate-report/result.json"),))
    return out.getvalue()


@pytest.mark.parametrize("example", factory.EXAMPLES)
@pytest.mark.parametrize("width", [40, 64, 100, 200])
def test_fits_into_the_width(example: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    text = printed(factory.EXAMPLES[example](), monkeypatch, width)
    assert max(len(line) for line in text.split("\n")) <= width
    assert text.count("Verdict: ") == 1


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(scan=scans())
def test_nothing_of_any_scan_steers_the_terminal(
    scan: ScanResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = printed(scan, monkeypatch)
    assert not CONTROL.search(text)
    assert not [line for line in text.split("\n") if line.lstrip().startswith(("::", "##["))]


def test_each_finding_has_its_place_and_the_word_that_show_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scan = factory.few()
    text = printed(scan, monkeypatch)
    worst = _facts.ordered(scan)[0].group
    assert worst.fingerprint.split(":")[1][:8] in text
    assert f"servegate show {worst.fingerprint.split(':')[1][:8]}" in text
    assert "proven" in text


def test_a_pass_names_no_finding_to_show(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "servegate show" not in printed(factory.clean(), monkeypatch)


@pytest.mark.parametrize("encoding", ["ascii", "utf-8", "latin-1"])
def test_marks_are_in_what_the_terminal_can_write(encoding: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = RichConsole(file=stream)
    for state in ("done", "partial", "failed", "running", "left out", "anything"):
        mark(state, console).encode(encoding)


def shown(found: board.Board, width: int) -> str:
    console = RichConsole(file=io.StringIO(), width=width)
    console.print(found.shown())
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize("width", [50, 120])
def test_the_board_counts_and_says_how_long_it_took_last_time(width: int) -> None:
    scan = factory.clean()
    console = RichConsole(file=io.StringIO(), width=width)
    made = board.Board(scan.plan, console, {"probes": 90.0})
    made.take(Progress(engine="probes", text="sql-injection on GET /\x1b[31m"))
    made.take(Progress(engine="probes", tally=Tally(done=30, total=120, found=2)))
    text = shown(made, width)
    assert "30/120" in text
    assert "2 findings so far, 4 engines at work" in text
    assert "\x1b" not in text
    assert "about 90 s left" in shown(made, 120) or width == 50
    run = next(run for run in scan.runs if run.engine == "probes")
    made.take(Progress(engine="probes", ended=run))
    assert "3 engines at work" in shown(made, width)


def test_show_tells_all_of_a_finding(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan = factory.few()
    result = tmp_path / "result.json"
    result.write_text(reporter("json").render(scan))
    for item in scan.findings:
        name = item.group.fingerprint.split(":")[1][:10]
        assert show.run_show(name, result) == 0
        text = capsys.readouterr().out
        rule = scan.catalogue[item.group.lead.rule_id]
        for part in (item.group.lead.rule_id, "Why it matters", rule.cwe[0] if rule.cwe else ""):
            assert part in text
        if item.status is Status.SUPPRESSED:
            assert "Suppressed" in text


def test_show_proposes_the_patch(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scan = factory.few()
    item = scan.findings[0]
    patch = Patch(path="a.py", start_line=3, before=("verify=False",), after=("verify=True",))
    group = replace(item.group, findings=(replace(item.group.lead, patch=patch),))
    result = tmp_path / "result.json"
    result.write_text(
        reporter("json").render(replace(scan, findings=(replace(item, group=group),)))
    )
    show.run_show(item.group.fingerprint, result)
    text = capsys.readouterr().out
    assert "-verify=False" in text
    assert "+verify=True" in text


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_show_prints_nothing_that_steers(
    example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scan = factory.EXAMPLES[example]()
    result = tmp_path / "result.json"
    result.write_text(reporter("json").render(scan))
    for item in scan.findings:
        show.run_show(item.group.fingerprint, result)
    assert not CONTROL.search(capsys.readouterr().out)


@pytest.mark.parametrize("name", ["zz", "", "v1:", "v1:0000000000000000000000000000000000"])
def test_a_name_that_fits_none_or_many_is_refused(name: str, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    result.write_text(reporter("json").render(factory.few()))
    with pytest.raises(InputError, match=r"no finding|names \d+ findings"):
        show.run_show(name, result)


def test_earlier_results_are_in_order_and_carry_their_own(tmp_path: Path) -> None:
    scan = factory.few()
    files = []
    for days in (3, 1, 2):
        file = tmp_path / f"{days}.json"
        before = replace(
            factory.many(days * 10), started=scan.started - timedelta(days=days), commit="a" * 40
        )
        file.write_text(reporter("json").render(before))
        files.append(file)
    now = with_earlier(scan, files)
    assert [(scan.started - one.started).days for one in now.earlier] == [3, 2, 1]
    # Suppressed ones, a fifth of these, don't count.
    assert [sum(count for _, count in one.severities) for one in now.earlier] == [24, 16, 8]
    last = tmp_path / "last.json"
    last.write_text(reporter("json").render(now))
    later = replace(scan, started=scan.started + timedelta(days=1))
    assert len(with_earlier(later, [last]).earlier) == 4
    # A result of the future, or of this very scan, is no past.
    assert with_earlier(scan, [last, files[0]]).earlier == now.earlier
    page = reporter("html").render(now)
    assert "Over time" in page
    assert "fewer than" in page


def test_seconds_of_the_last_scan_are_a_hint_and_never_a_fault(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    assert seconds_before(result) == {}
    for text in ("", "[]", '{"engines": [3]}', '{"engines": [{"name": "a", "seconds": "x"}]}'):
        result.write_text(text)
        assert seconds_before(result) == {}
    result.write_text(reporter("json").render(factory.few()))
    assert seconds_before(result)["bandit"] == 1.2
    assert set(json.loads(result.read_text())["engines"][0]) >= {"name", "seconds"}


def test_every_blocking_finding_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    scan = factory.few()
    counted = [entry for entry in scan.findings if summary.counts(entry, scan)]
    assert {entry.status for entry in counted} == {Status.NEW}
    assert "2 findings at or above high" in printed(scan, monkeypatch)
