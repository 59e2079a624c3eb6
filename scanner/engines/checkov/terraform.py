"""Terraform as Checkov's parser takes it: a comment inside of an expression is an error to it."""

from __future__ import annotations

import re

_HEREDOC = re.compile(r"<<[-~]?\s*\"?(\w[\w-]*)\"?\s*$")
# Up to a comment; behind a quote a `#` may be part of a string.
_COMMENT = re.compile(r"(?P<code>[^\"#/\n]*(?:/(?!/)[^\"#/\n]*)*)(?:#|//)")
# What asks Checkov to be silent, and comments of several lines.
_KEPT = re.compile(r"skip\s*=|/\*|\*/")


def without_comments(text: str) -> str:
    """The text without comments that end a line, but for those that ask to skip a check.

    Every line stays one. Text of several lines (`<<EOF`), in which a `#` is no comment, stays.
    """
    lines = text.split("\n")
    ends = ""
    for number, line in enumerate(lines):
        if ends:
            ends = "" if line.strip() == ends else ends
        elif opened := _HEREDOC.search(line):
            ends = opened[1]
        elif (found := _COMMENT.match(line)) and not _KEPT.search(line):
            lines[number] = found["code"].rstrip()
    return "\n".join(lines)
