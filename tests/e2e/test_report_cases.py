"""Trouble cases of merging, suppressing and reporting, through the real command."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from tests.e2e.command import case, servegate

pytestmark = pytest.mark.e2e


def test_secret_redaction(tmp_path: Path) -> None:
    folder = case("report-secret-redaction", tmp_path)
    done = servegate("repo", "--debug", cwd=folder)
    assert {"iac/CKV_AWS_41", "sast/B307"} <= done.rules()
    written = done.text + "".join(path.read_text() for path in done.out.iterdir())
    for secret in ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtn", "s3cr3t-EXAMPLE", "tok-EXAMPLE"):
        assert secret not in written, secret


def test_html_and_markdown_of_a_hostile_repository(tmp_path: Path) -> None:
    folder = case("report-html-xss-repo", tmp_path)
    done = servegate("made", cwd=folder)
    assert done.result["findings"]
    page = (done.out / "report.html").read_text().lower()
    assert "&lt;img src=x" in page, "the name is shown, as text"
    for live in ("<script>alert", "<img src=x", "<svg onload", "</script><"):
        assert live not in page, live
    summary = (done.out / "summary.md").read_text()
    assert "![" not in summary.replace("!\\[", "")
    rows = [line for line in summary.splitlines() if line.startswith("| ")]
    assert rows


def test_control_characters(tmp_path: Path) -> None:
    folder = case("report-junit-control-chars", tmp_path)
    done = servegate("repo", cwd=folder)
    root = ET.parse(done.out / "junit.xml").getroot()
    cases = [one for one in root.iter("testcase") if one.find("error") is None]
    assert len(cases) == len(done.result["findings"])
    json.loads((done.out / "results.sarif").read_text())
    assert "\x1b" not in done.text


def test_two_scanners_on_one_weakness(tmp_path: Path) -> None:
    folder = case("merge-two-scanners", tmp_path)
    done = servegate("repo", cwd=folder)
    by_line: dict[int, list[set[str]]] = {}
    for entry in done.result["findings"]:
        engines = {source["engine"] for source in entry["sources"]}
        by_line.setdefault(entry["location"]["start_line"], []).append(engines)
    assert by_line[8] == [{"bandit", "semgrep"}]
    assert by_line[12] == [{"bandit", "semgrep"}]
    assert len(by_line[16]) == 1
    assert len(by_line[20]) == 2, "evaluating and unpickling are two weaknesses"


def test_templated_manifests_are_named(tmp_path: Path) -> None:
    folder = case("iac-k8s-template-comment", tmp_path)
    done = servegate("repo", cwd=folder)
    assert done.code == 3
    named = {gap["subject"] for gap in done.engine("checkov")["gaps"]}
    assert {"k8s/pod.yaml", "chart/templates/pod.yaml"} <= named


def test_checkov_skips_are_shown_with_their_reason(tmp_path: Path) -> None:
    folder = case("iac-checkov-skip", tmp_path)
    done = servegate("repo", cwd=folder)
    suppressed = {
        entry["location"]["address"]: entry["reason"]
        for entry in done.result["findings"]
        if entry["status"] == "suppressed"
    }
    assert set(suppressed) == {"aws_ebs_volume.b", "aws_ebs_volume.c"}
    assert "scratch disk" in suppressed["aws_ebs_volume.b"]
    assert "gives no reason" in suppressed["aws_ebs_volume.c"]


def test_the_same_scan_twice_has_the_same_fingerprints(tmp_path: Path) -> None:
    folder = case("merge-two-scanners", tmp_path)
    prints = []
    for _ in range(2):
        done = servegate("repo", cwd=folder)
        prints.append(Counter(e["fingerprint"] for e in done.result["findings"]))
    assert prints[0] == prints[1]
