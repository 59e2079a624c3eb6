"""`servegate show`: one finding with its code, its proof and what to do, on the terminal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.console import Console as RichConsole
from rich.padding import Padding
from rich.syntax import Syntax
from rich.text import Text

from scanner.cli.load import load_result
from scanner.cli.terminal.style import SEVERITY_STYLE, clean, place, rich_console, short
from scanner.cli.text import plain
from scanner.model.decision import Status, Triaged
from scanner.model.errors import InputError
from scanner.model.evidence import CodeSnippet, Exchange, Patch, Proof
from scanner.model.finding import Finding
from scanner.model.location import EndpointLocation
from scanner.model.rule import Rule
from scanner.model.scan import ScanResult
from scanner.reporters import _facts as facts

_BODY_LINES = 24
_LINE = 400
_INDENT = 2


def run_show(fingerprint: str, result: Path) -> int:
    """Print one finding of a result. Raises `InputError` where the name fits none, or several."""
    scan = load_result(result)
    entry = named(fingerprint, scan, result)
    console = rich_console()
    _head(entry, scan, console)
    for finding in entry.group.findings[:1]:
        _evidence(finding, console)
    _rule(scan.catalogue[entry.group.lead.rule_id], console)
    _others(entry, console)
    _commands(entry, result, console)
    return 0


def named(fingerprint: str, scan: ScanResult, result: Path) -> Triaged:
    """The weakness that a fingerprint, or the beginning of one, names. Raises `InputError`."""
    wanted = fingerprint.partition(":")[2] if ":" in fingerprint else fingerprint
    fitting = [
        entry
        for entry in scan.findings
        if any(f.fingerprint.partition(":")[2].startswith(wanted) for f in entry.group.findings)
    ]
    if not wanted or not fitting:
        raise InputError(f"{result} has no finding {fingerprint}; servegate report lists them")
    if len(fitting) > 1:
        raise InputError(f"{fingerprint} names {len(fitting)} findings; give more of it")
    return fitting[0]


def _head(entry: Triaged, scan: ScanResult, console: RichConsole) -> None:
    group = entry.group
    title = Text().append(group.severity.label, SEVERITY_STYLE[group.severity])
    title.append_text(clean(f"  {group.lead.message or _title(entry, scan)}", "bold"))
    console.print(title)
    console.print(clean(place(group.lead.location)))
    words = [group.confidence.label, entry.status.value, group.lead.rule_id, *group.engines]
    console.print(clean(" · ".join(words), "dim"))
    console.print(clean(group.fingerprint, "dim"))
    if entry.status is Status.SUPPRESSED:
        console.print(clean(f"Suppressed: {entry.reason}", "yellow"))
    if group.fingerprint in facts.blocking(scan):
        console.print(Text("Blocks the gate.", "red"))
    for text, note in dict.fromkeys(facts.attacked(scan).get(group.fingerprint, [])):
        console.print(clean(f"{note}: {text}"))
    for related in group.lead.related:
        console.print(clean(f"{related.note}: {related.location}", "dim"))


def _title(entry: Triaged, scan: ScanResult) -> str:
    return scan.catalogue[entry.group.lead.rule_id].title


def _evidence(finding: Finding, console: RichConsole) -> None:
    for record in finding.evidence:
        match record:
            case CodeSnippet():
                _code(record, finding, console)
            case Proof():
                _proof(record, console)
    if finding.patch is not None:
        _patch(finding.patch, console)


def _code(snippet: CodeSnippet, finding: Finding, console: RichConsole) -> None:
    _heading(console, f"{snippet.path}")
    lines = [plain(line)[:_LINE] for line in snippet.lines]
    first, last = facts.flagged_lines(snippet, finding)
    shown = Syntax(
        "\n".join(lines),
        Syntax.guess_lexer(plain(snippet.path)),
        theme="ansi_dark",
        line_numbers=True,
        start_line=snippet.start_line,
        highlight_lines=set(range(first, last + 1)) if first else set(),
        word_wrap=True,
        background_color="default",
    )
    console.print(Padding(shown, (0, 0, 0, _INDENT), expand=False))


def _proof(proof: Proof, console: RichConsole) -> None:
    _heading(console, "Proof")
    console.print(Padding(clean(proof.oracle), (0, 0, 0, _INDENT), expand=False))
    for title, exchanges in (("sent and answered", proof.exchanges), ("control", proof.controls)):
        for exchange in exchanges:
            label = Text(f"\n{title}: ", "dim").append_text(clean(exchange.label))
            console.print(Padding(label, (0, 0, 0, _INDENT), expand=False))
            for line in _exchange(exchange, proof.decisive):
                console.print(Padding(line, (0, 0, 0, _INDENT * 2), expand=False))


def _exchange(exchange: Exchange, decisive: tuple[str, ...]) -> Iterator[Text]:
    request, response = exchange.request, exchange.response
    yield clean(f"> {request.method} {request.url}", "cyan")
    for name, value in request.headers:
        yield clean(f"> {name}: {value}", "dim")
    for line in _body(request.body):
        yield _marked(f"> {line}", decisive)
    if response is None:
        yield clean(f"< {exchange.fault or 'no answer'}", "yellow")
        return
    yield clean(f"< {response.status} ({exchange.elapsed_ms} ms)", "cyan")
    for name, value in response.headers:
        yield _marked(f"< {name}: {value}", decisive, "dim")
    for line in _body(response.body):
        yield _marked(f"< {line}", decisive)


def _body(text: str) -> list[str]:
    lines = text.split("\n") if text else []
    cut = [line if len(line) <= _LINE else f"{line[:_LINE]}…" for line in lines[:_BODY_LINES]]
    more = len(lines) - _BODY_LINES
    return [*cut, f"({more} more lines)"] if more > 0 else cut


def _marked(line: str, decisive: tuple[str, ...], style: str = "") -> Text:
    """A line with what the oracle went by in it standing out."""
    text = clean(line, style)
    for mark in decisive:
        text.highlight_words([plain(mark)], "bold black on yellow")
    return text


def _patch(patch: Patch, console: RichConsole) -> None:
    _heading(console, "Proposed patch")
    for line in patch.diff.rstrip("\n").split("\n"):
        style = {"-": "red", "+": "green"}.get(line[:1], "dim")
        console.print(Padding(clean(line, style), (0, 0, 0, _INDENT), expand=False))


def _rule(rule: Rule, console: RichConsole) -> None:
    for title, prose in (("Why it matters", rule.rationale), ("What to do", rule.remediation)):
        _heading(console, title)
        for line in prose.strip().split("\n"):
            indent = _INDENT + len(line) - len(line.lstrip())
            console.print(Padding(clean(line.strip()), (0, 0, 0, indent), expand=False))
    ids = ", ".join((*rule.cwe, *rule.owasp, *rule.controls))
    if ids:
        console.print()
        console.print(clean(ids, "dim"))


def _others(entry: Triaged, console: RichConsole) -> None:
    if len(entry.group.findings) > 1:
        _heading(console, "Also seen by")
        for finding in entry.group.findings[1:]:
            line = f"{finding.engine}, {finding.rule_id}: {finding.message} ({finding.location})"
            console.print(Padding(clean(line), (0, 0, 0, _INDENT), expand=False))


def _commands(entry: Triaged, result: Path, console: RichConsole) -> None:
    _heading(console, "Next")
    lead = entry.group.lead
    name = short(lead.fingerprint)
    where = "" if result == Path("servegate-report/result.json") else f" --result {result}"
    proofs = (record for record in lead.evidence if isinstance(record, Proof))
    commands = [proof.replay for proof in proofs if proof.replay]
    if isinstance(lead.location, EndpointLocation):
        commands.append(f"servegate replay {name}{where}")
    commands.append(f"servegate explain {lead.rule_id}")
    for command in commands:
        # In one piece, so that it can be copied.
        console.print(Padding(clean(command), (0, 0, 0, _INDENT), expand=False), soft_wrap=True)


def _heading(console: RichConsole, title: str) -> None:
    console.print()
    console.print(clean(title, "bold"))
