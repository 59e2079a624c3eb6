"""A pack as the command makes it: the same bytes each time, and any change is noticed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.cli.evidence import OUT, EvidenceRequest, run_evidence
from scanner.evidence.declare import read_declarations
from scanner.model.errors import ConfigError, InputError
from scanner.model.outcome import Gap
from scanner.model.plan import BY_CONFIGURATION
from scanner.reporters import reporter
from tests.evidence import ideal
from tests.reporters import factory

NAMES = {
    "index.html",
    "controls.csv",
    "observations.csv",
    "evidence.json",
    "assessment-results.json",
    "controls.yaml",
    "result.json",
    "manifest.json",
}
DECLARED = """
[[declaration]]
control = "PRIV-1"
statement = "DPIA of the sentiment endpoint"
owner = "data protection officer"
reviewed = 2026-01-15
review_by = 2027-01-15
document = "dpia.md"
"""


def request(result: Path, **more: Path | str | None) -> EvidenceRequest:
    known: dict[str, Path | str | None] = dict.fromkeys(
        ("pack", "out", "declarations", "sign", "key", "sha256")
    )
    return EvidenceRequest(result=result, **{**known, **more})  # type: ignore[arg-type]


def made(tmp_path: Path, example: str = "few", **more: Path) -> Path:
    result = tmp_path / f"{example}.json"
    scan = ideal.scan() if example == "ideal" else factory.EXAMPLES[example]()
    result.write_text(reporter("json").render(scan), "utf-8")
    out = tmp_path / f"pack-{example}"
    assert run_evidence(request(result, out=out, **more)) == 0
    return out


def verified(pack: Path, **more: Path | str) -> int:
    return run_evidence(request(Path("verify"), pack=pack, **more))


@pytest.mark.parametrize("example", [*factory.EXAMPLES, "ideal"])
def test_a_pack_is_whole_and_verifies(example: str, tmp_path: Path) -> None:
    pack = made(tmp_path, example)
    assert {path.name for path in pack.iterdir()} == NAMES
    assert verified(pack) == 0
    ledger = json.loads((pack / "evidence.json").read_text())
    assert len(ledger["controls"]) == 43


def test_what_was_excluded_stands_in_the_ledger(tmp_path: Path) -> None:
    scan = ideal.scan()
    gap = Gap(subject="app/", reason=BY_CONFIGURATION)
    scan = replace(scan, plan=replace(scan.plan, excluded=(gap,)))
    (tmp_path / "r.json").write_text(reporter("json").render(scan), "utf-8")
    run_evidence(request(tmp_path / "r.json", out=tmp_path / "pack"))
    ledger = json.loads((tmp_path / "pack" / "evidence.json").read_text())
    assert ledger["excluded"] == [{"subject": "app/", "reason": "excluded by the configuration"}]


def test_the_same_result_gives_the_same_bytes(tmp_path: Path) -> None:
    one, other = made(tmp_path), tmp_path / "again"
    run_evidence(request(tmp_path / "few.json", out=other))
    for name in NAMES:
        assert (one / name).read_bytes() == (other / name).read_bytes(), name


def _change(pack: Path) -> None:
    text = (pack / "controls.csv").read_text()
    (pack / "controls.csv").write_text(text.replace("contradicted", "supported", 1))


def _remove(pack: Path) -> None:
    (pack / "observations.csv").unlink()


def _add(pack: Path) -> None:
    (pack / "note.txt").write_text("all is well")


def _add_below(pack: Path) -> None:
    (pack / "more").mkdir()
    (pack / "more" / "note.txt").write_text("all is well")


def _link(pack: Path) -> None:
    shutil.copy(pack / "result.json", pack.parent / "elsewhere.json")
    (pack / "result.json").unlink()
    (pack / "result.json").symlink_to(pack.parent / "elsewhere.json")


def _outside(pack: Path) -> None:
    document = json.loads((pack / "manifest.json").read_text())
    document["files"][0]["path"] = "../few.json"
    (pack / "manifest.json").write_text(json.dumps(document))


def _empty(pack: Path) -> None:
    _unname(pack, lambda _: True)


def _without_result(pack: Path) -> None:
    _unname(pack, lambda name: name == "result.json")


def _unname(pack: Path, gone: Callable[[str], bool]) -> None:
    """Take files out of the pack and out of the manifest alike."""
    document = json.loads((pack / "manifest.json").read_text())
    for entry in document["files"]:
        if gone(entry["path"]):
            (pack / entry["path"]).unlink()
    document["files"] = [entry for entry in document["files"] if not gone(entry["path"])]
    (pack / "manifest.json").write_text(json.dumps(document))


@pytest.mark.parametrize(
    "tamper", [_empty, _without_result, _change, _remove, _add, _add_below, _link, _outside]
)
def test_a_tampered_pack_is_noticed(
    tamper: Callable[[Path], None], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = made(tmp_path)
    tamper(pack)
    capsys.readouterr()
    assert verified(pack) == 1
    said = capsys.readouterr().out
    assert re.search(
        "was changed|is missing|was added|is a link|outside the pack|every pack has it", said
    )


def test_a_rewritten_manifest_is_noticed_by_its_hash(tmp_path: Path) -> None:
    pack = made(tmp_path)
    digest = hashlib.sha256((pack / "manifest.json").read_bytes()).hexdigest()
    assert verified(pack, sha256=digest) == 0
    path = pack / "manifest.json"
    path.write_text(path.read_text().replace("sentiment-api", "another-api"))
    assert verified(pack) == 0
    assert verified(pack, sha256=digest) == 1


def test_a_folder_without_a_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no evidence pack"):
        verified(tmp_path)
    (tmp_path / "manifest.json").write_text('{"schema": "other"}')
    with pytest.raises(InputError, match="no manifest of a pack: schema"):
        verified(tmp_path)


def test_a_filled_folder_is_refused(tmp_path: Path) -> None:
    pack = made(tmp_path)
    with pytest.raises(InputError, match="not an empty folder"):
        run_evidence(request(tmp_path / "few.json", out=pack))


def _ssh_key(folder: Path, name: str) -> Path:
    tool = shutil.which("ssh-keygen")
    if tool is None:
        pytest.skip("ssh-keygen is not installed")
    key = folder / name
    subprocess.run([tool, "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", key], check=True)
    return key


def test_a_signature_binds_the_manifest_to_a_key(tmp_path: Path) -> None:
    key, other = _ssh_key(tmp_path, "ours"), _ssh_key(tmp_path, "theirs")
    pack = made(tmp_path, "ideal", sign=key)
    status = {
        entry["id"]: entry["status"]
        for entry in json.loads((pack / "evidence.json").read_text())["controls"]
    }
    assert status["EVID-1"] == "supported"
    assert verified(pack) == 0
    assert verified(pack, key=key.with_suffix(".pub")) == 0
    assert verified(pack, key=other.with_suffix(".pub")) == 1
    path = pack / "manifest.json"
    path.write_text(path.read_text().replace('"passed"', '"failed"'))
    assert verified(pack, key=key.with_suffix(".pub")) == 1
    (pack / "manifest.json.sig").unlink()
    assert verified(pack) == 1


def test_a_pack_is_signed_and_checked_by_relative_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _ssh_key(tmp_path, "ours")
    (tmp_path / "r.json").write_text(reporter("json").render(ideal.scan()), "utf-8")
    monkeypatch.chdir(tmp_path)
    assert run_evidence(request(Path("r.json"), sign=Path("ours"))) == 0
    assert (tmp_path / "servegate-evidence" / "manifest.json.sig").is_file()
    assert run_evidence(request(Path("verify"), key=Path("ours.pub"))) == 0
    assert run_evidence(request(Path("verify"), pack=OUT, key=Path("ours.pub"))) == 0


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    pack = made(tmp_path, sign=_ssh_key(tmp_path, "ours"))
    with pytest.raises(InputError, match=r"gone\.pub: can't be read: no such file"):
        verified(pack, key=tmp_path / "gone.pub")
    (tmp_path / "text.pub").write_text("hello")
    with pytest.raises(InputError, match="neither an SSH nor a minisign key"):
        verified(pack, key=tmp_path / "text.pub")


def test_a_key_that_is_none_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nbroken\n")
    with pytest.raises(InputError, match="ssh-keygen did not sign"):
        made(tmp_path, sign=key)
    assert not (tmp_path / "pack-few").exists()


def test_what_is_declared_is_marked_and_never_supported(tmp_path: Path) -> None:
    (tmp_path / "dpia.md").write_text("# DPIA\n")
    (tmp_path / "declared.toml").write_text(DECLARED)
    pack = made(tmp_path, "ideal", declarations=tmp_path / "declared.toml")
    entries = json.loads((pack / "evidence.json").read_text())["controls"]
    (told,) = [entry for entry in entries if entry["id"] == "PRIV-1"]
    assert told["status"] == "not assessed"
    (declared,) = told["declared"]
    assert declared["state"] == "current"
    assert declared["sha256"] == hashlib.sha256(b"# DPIA\n").hexdigest()
    assert "Declared (current): DPIA of the sentiment endpoint" in (pack / "index.html").read_text()
    assert (pack / "declarations.toml").read_text() == DECLARED
    assert verified(pack) == 0


@pytest.mark.parametrize(
    ("text", "day", "state"),
    [
        (DECLARED, date(2026, 3, 2), "document missing"),
        (DECLARED.replace('document = "dpia.md"', ""), date(2026, 3, 2), "current"),
        (DECLARED.replace('document = "dpia.md"', ""), date(2027, 3, 2), "overdue"),
        (DECLARED.replace('document = "dpia.md"', ""), date(2025, 3, 2), "reviewed after the scan"),
    ],
)
def test_a_declaration_has_a_state(text: str, day: date, state: str, tmp_path: Path) -> None:
    (tmp_path / "declared.toml").write_text(text)
    (one,) = read_declarations(tmp_path / "declared.toml", {"PRIV-1"}, day)
    assert one.state == state


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[declaration]", "not TOML"),
        (DECLARED.replace("PRIV-1", "PRIV-9"), "'PRIV-9' is no control"),
        (DECLARED.replace("owner", "boss"), "boss: is no known key"),
        (DECLARED.replace("2027-01-15", "2025-01-15"), "review_by is before reviewed"),
        (DECLARED.replace("2027-01-15", '"soon"'), "review_by"),
    ],
)
def test_a_wrong_declaration_is_one_clear_error(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "declared.toml").write_text(text)
    with pytest.raises(ConfigError, match=said):
        read_declarations(tmp_path / "declared.toml", {"PRIV-1"}, date(2026, 3, 2))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.live: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "img", "iframe", "object", "svg", "a", "link"):
            self.live.append(tag)
        self.live += [name for name, _ in attrs if name.startswith("on") or name == "href"]


def test_hostile_text_is_dead_in_every_file(tmp_path: Path) -> None:
    pack = made(tmp_path, "hostile")
    tags = _Tags()
    tags.feed((pack / "index.html").read_text())
    assert tags.live == []
    for name in ("controls.csv", "observations.csv"):
        rows = list(csv.reader(io.StringIO((pack / name).read_text())))
        assert not [cell for row in rows for cell in row if cell.startswith(tuple("=+-@\t\r"))]
    for name in ("index.html", "controls.csv", "assessment-results.json"):
        assert "\x1b" not in (pack / name).read_text()


def test_no_file_of_ours_says_that_anything_is_satisfied_or_compliant(tmp_path: Path) -> None:
    pack = made(tmp_path, "ideal")
    for name in ("index.html", "controls.csv", "observations.csv", "evidence.json"):
        text = (pack / name).read_text().lower()
        assert "complian" not in text
        told = re.sub(r"never satisfies|satisfies nothing", "", text)
        assert "satisf" not in told, name
    states = re.findall(r'"state": "([^"]+)"', (pack / "assessment-results.json").read_text())
    assert "satisfied" not in states


def test_oscal_has_a_finding_for_what_is_contradicted_alone(tmp_path: Path) -> None:
    pack = made(tmp_path)
    (result,) = json.loads((pack / "assessment-results.json").read_text())["assessment-results"][
        "results"
    ]
    entries = json.loads((pack / "evidence.json").read_text())["controls"]
    wanted = {entry["id"] for entry in entries if entry["status"] == "contradicted"}
    assert {one["target"]["target-id"] for one in result["findings"]} == wanted
    ids = {one["uuid"] for one in result["observations"]}
    assert len(ids) == len(result["observations"])
    for one in result["findings"]:
        assert {link["observation-uuid"] for link in one["related-observations"]} <= ids


@pytest.mark.parametrize("example", [*factory.EXAMPLES, "ideal"])
def test_oscal_is_read_by_trestle(example: str, tmp_path: Path) -> None:
    """compliance-trestle does not fit into our environment: name a Python that has it."""
    python = os.environ.get("TRESTLE_PYTHON", sys.executable)
    code = (
        "import sys, pathlib; from trestle.oscal.assessment_results import AssessmentResults as A; "
        "print(len(A.oscal_read(pathlib.Path(sys.argv[1])).results))"
    )
    pack = made(tmp_path, example)
    done = subprocess.run(
        [python, "-c", code, pack / "assessment-results.json"], capture_output=True, text=True
    )
    if "No module named 'trestle'" in done.stderr:
        pytest.skip(
            "compliance-trestle does not fit beside Checkov: .ci/run gives it an environment of "
            "its own, and TRESTLE_PYTHON names its Python"
        )
    assert (done.returncode, done.stdout.strip()) == (0, "1"), done.stderr[-2000:]
