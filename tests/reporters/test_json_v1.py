"""`result.json`: full fidelity, no secrets, and one clear line for a file that is none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.model.errors import InputError
from scanner.model.plan import DynamicTask, SourceFile, StaticTask, Task
from scanner.model.scan import ScanResult
from scanner.reporters import NAMES, _facts, reporter
from scanner.reporters.json_v1 import json_schema, load
from tests.reporters import factory
from tests.reporters.strategies import scans

VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def rendered(scan: ScanResult) -> str:
    return reporter("json").render(scan)


def neutral(scan: ScanResult) -> ScanResult:
    """What may be left of a scan after a journey through its file."""
    runs = tuple(job.run for job in _facts.jobs(scan) if job.run is not None)
    return replace(
        scan,
        plan=replace(scan.plan, root=Path(), tasks=tuple(map(_neutral_task, scan.plan.tasks))),
        runs=runs,
        findings=_facts.ordered(scan),
        catalogue=_facts.used_rules(scan),
    )


def _neutral_task(task: Task) -> Task:
    if isinstance(task, StaticTask):
        files = tuple(SourceFile(path=file.path, size=0) for file in task.files)
        return replace(task, root=Path(), files=files)
    target = task.target
    people = tuple(
        replace(person, header="", value_env="", secret="") for person in target.identities
    )
    return replace(
        task,
        root=Path(),
        target=type(target)(
            name=target.name,
            command=("…/python", *target.command[1:]) if target.command else (),
            url="http://127.0.0.1:8000/base" if target.url else "",
            identities=people,
        ),
    )


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_scan_comes_back_whole(example: str) -> None:
    scan = factory.EXAMPLES[example]()
    assert load(rendered(scan)) == neutral(scan)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(scans())
def test_any_scan_gives_the_same_reports_again(scan: ScanResult) -> None:
    again = load(rendered(scan))
    for name in NAMES:
        assert reporter(name).render(again) == reporter(name).render(scan)


@pytest.mark.parametrize("example", factory.EXAMPLES)
def test_document_holds_to_its_schema(example: str) -> None:
    VALIDATOR.validate(json.loads(rendered(factory.EXAMPLES[example]())))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(scans())
def test_any_document_holds_to_its_schema(scan: ScanResult) -> None:
    VALIDATOR.validate(json.loads(rendered(scan)))


def test_schema_refuses_an_unknown_key() -> None:
    document = json.loads(rendered(factory.few()))
    document["extra"] = 1
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(document)


@pytest.mark.parametrize("name", NAMES)
def test_no_report_shows_a_secret_or_an_absolute_path(name: str) -> None:
    text = reporter(name).render(factory.few())
    assert factory.SECRET not in text
    assert str(factory.ROOT.parent) not in text


def test_target_is_written_without_its_credentials() -> None:
    engines = json.loads(rendered(factory.few()))["engines"]
    target = next(engine for engine in engines if engine["name"] == "probes")["task"]["target"]
    assert target["command"] == ["…/python", "-m", "uvicorn", "app:app", "--port", "{port}"]
    assert target["url"] == "http://127.0.0.1:8000/base"
    assert target["identities"][0] == {"name": "alice", "role": "user"}


def test_file_name_that_is_no_utf8_survives() -> None:
    scan = factory.hostile()
    name = factory.HOSTILE[7]
    text = rendered(scan)
    assert text.isascii()
    paths = {getattr(item.group.lead.location, "path", "") for item in load(text).findings}
    assert name in paths


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "no readable JSON"),
        ("{", "no readable JSON"),
        ("[" * 100_000, "no readable JSON"),
        ("9" * 10_000, "no readable JSON"),
        ("null", 'it has no "schema"'),
        ("[]", 'it has no "schema"'),
        ('{"version": "2.1.0", "runs": []}', 'it has no "schema"'),
        ('{"schema": "servegate/result/v2"}', 'is "servegate/result/v2"'),
        ('{"schema": "servegate/result/v1"}', "servegate: is missing"),
    ],
)
def test_foreign_file_is_named_in_one_line(text: str, part: str) -> None:
    with pytest.raises(InputError) as caught:
        load(text)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def leaves(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    match value:
        case dict():
            return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
        case list() if value:
            return [leaf for at, item in enumerate(value) for leaf in leaves(item, (*path, at))]
        case _:
            return [path]


WHOLE = json.loads(rendered(factory.few()))
NASTY = (None, True, -1, 10**30, float("nan"), float("inf"), "", "\ud800", "\x00", [], {}, [[]])


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(leaves(WHOLE)), st.sampled_from((*NASTY, KeyError)))
def test_one_broken_leaf_is_read_or_refused(path: tuple[str | int, ...], value: object) -> None:
    document: Any = json.loads(json.dumps(WHOLE))
    place = document
    for step in path[:-1]:
        place = place[step]
    if value is KeyError:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    try:
        scan = load(json.dumps(document))
    except InputError:
        return
    for name in NAMES:
        reporter(name).render(scan)


def test_a_task_without_a_run_is_kept() -> None:
    scan = replace(factory.few(), runs=())
    tasks = load(rendered(scan)).plan.tasks
    assert [task.engine for task in tasks] == ["bandit", "semgrep", "checkov", "probes"]
    assert isinstance(tasks[-1], DynamicTask)


def test_a_finding_of_an_unknown_rule_is_refused() -> None:
    document = json.loads(rendered(factory.few()))
    document["rules"] = []
    with pytest.raises(InputError, match=r"names rule '[a-z]+/"):
        load(json.dumps(document))
