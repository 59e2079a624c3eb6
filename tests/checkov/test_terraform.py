"""A comment inside of an expression does not keep Checkov from a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.engines.checkov.terraform import without_comments
from tests.e2e.command import servegate


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "a = {\n  for k, v in x :\n  # by name\n  k => v\n}",
            "a = {\n  for k, v in x :\n\n  k => v\n}",
        ),
        ("a = [ # all\n  1, // one\n]", "a = [\n  1,\n]"),
        ("#!x\r\na = 1 / 2 # half\n", "\na = 1 / 2\n"),
        ("a = 1 // half", "a = 1"),
    ],
)
def test_comments_go_and_lines_stay(text: str, left: str) -> None:
    assert without_comments(text) == left
    assert left.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        'a = "# no comment"',
        'a = "https://a.example/b"',
        'a = [format("%s#%s", b, c)]',
        "a = <<EOF\n# a script's\nexport A=1 # and its end\nEOF\n",
        "a = <<-EOF\n  # a script's\n  EOF\n",
        "a = f(<<EOF\n# a script's\nEOF\n)",
        "# checkov:skip=CKV_AWS_20: open to all",
        "  bucket = b # checkov:skip = CKV_AWS_20",
        "a = <<-USER-DATA\n  # a script's\n  USER-DATA\n",
        "/*\n  # in a block */",
        "/* # */ a = 1",
        "a = 6 / 2",
        "",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert without_comments(text) == text


COMMENTED = """
locals {
  groups = {
    for at, one in var.groups :
    # the name, or the place where there is none
    coalesce(one.name, format("%04d", at)) => one
  }
}

resource "aws_s3_bucket" "open" {
  #checkov:skip=CKV_AWS_18:no log of a test
  bucket = "b" # its name
  acl    = "public-read"
}
"""


@pytest.mark.e2e
def test_checkov_reads_such_a_file(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(COMMENTED)
    done = servegate(".", "--only", "checkov", cwd=tmp_path, out=tmp_path / "out")
    assert done.engine("checkov")["state"] == "completed", done.text
    sources = {
        source["rule_id"]: source
        for entry in done.result["findings"]
        for source in entry["sources"]
    }
    assert sources["iac/CKV_AWS_20"]["location"]["start_line"] == 10
    assert sources["iac/CKV_AWS_18"]["suppression"]["reason"] == "no log of a test"
    # What is shown is the file's own.
    assert "# its name" in (tmp_path / "out/result.json").read_text()
