"""Rules find what they are for in a file that holds nothing else.

Rules search the text of a file before they look at its code. In a target of many cases the words of
one case let the search pass for all others, so each case is cut out here, with what it names.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from scanner.engines.semgrep.engine import bundled_rules
from tests.rules.test_semgrep_rules import NAMES, RULES, annotated, run_engine

# What the first one compares is the routes of a file; a filter is a store's where one is imported.
TOGETHER = {"route-without-auth", "store-filter-built-from-text"}


def cut_out(text: str, line: int) -> str:
    """The statement of the file's top level at a line, with all statements that it depends on."""
    tree = ast.parse(text)
    kept = {node for node in tree.body if _start(node) <= line <= (node.end_lineno or line)}
    while True:
        named = {name for node in kept for name in _names(node)}
        more = {node for node in tree.body if named & _bound(node)} - kept
        if not more:
            break
        kept |= more
    lines = text.splitlines()
    parts = [
        "\n".join(lines[_start(node) - 1 : node.end_lineno]) for node in tree.body if node in kept
    ]
    return "\n\n\n".join(parts) + "\n"


def _start(node: ast.stmt) -> int:
    decorators = getattr(node, "decorator_list", [])
    return min([node.lineno, *(one.lineno for one in decorators)])


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


def _bound(node: ast.stmt) -> set[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return {(one.asname or one.name).split(".")[0] for one in node.names}
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    stored = (one for one in ast.walk(node) if isinstance(one, ast.Name))
    return {one.id for one in stored if isinstance(one.ctx, ast.Store)}


def test_a_case_is_cut_out_with_what_it_names() -> None:
    text = (
        "import a\nimport b\n\nX = a.x\n\n\n@X\ndef f():\n    return g()\n\n\ndef g():\n    pass\n"
    )
    assert cut_out(text, 9) == text.replace("import b\n\n", "\n\n")
    assert cut_out(text, 2) == "import b\n"


@pytest.mark.e2e
def test_each_hit_by_itself(tmp_path: Path) -> None:
    files: dict[Path, tuple[str, int]] = {}
    for name in sorted({*NAMES} - TOGETHER):
        for path, line in sorted(annotated(name)["ruleid"]):
            if path.endswith(".py"):
                file = tmp_path / name / f"{Path(path).stem}_{line}.py"
                file.parent.mkdir(exist_ok=True)
                file.write_text(cut_out((RULES / path).read_text(), line))
                files[file] = (name, line)
    assert len(files) > 250
    bundle = tmp_path / "rules.json"
    bundle.write_text(bundled_rules(), encoding="utf-8")
    document = run_engine(bundle, list(files))
    assert document["errors"] == []
    found = {(Path(row["path"]), row["check_id"].rsplit(".", 1)[-1]) for row in document["results"]}
    silent = [f"{name}:{line}" for file, (name, line) in files.items() if (file, name) not in found]
    assert silent == []
