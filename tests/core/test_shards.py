"""A plan taken apart: nothing lost, nothing twice, evenly, and alike on every machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from scanner.cli.shard import Wanted, parse_shard
from scanner.engines.bandit import Bandit
from scanner.engines.checkov import Checkov
from scanner.engines.semgrep import Semgrep
from scanner.model.errors import ConfigError
from scanner.model.outcome import Gap
from scanner.model.plan import (
    DynamicTask,
    LeftOut,
    LeftOutKind,
    Plan,
    SourceFile,
    StaticTask,
    Target,
)
from scanner.model.severity import Stage
from scanner.shards import Parts, scan_name, take_share

PARTS: dict[str, Parts] = {
    "bandit": Bandit().parts,
    "semgrep": Semgrep().parts,
    "checkov": Checkov().parts,
}
STAGES = {"bandit": Stage.SAST, "semgrep": Stage.SAST, "zizmor": Stage.SAST}
NAMES = ("checkov", "manifests", "bandit", "semgrep", "zizmor")


def task(engine: str, *files: tuple[str, int], gaps: tuple[Gap, ...] = ()) -> StaticTask:
    return StaticTask(
        engine=engine,
        stage=STAGES.get(engine, Stage.IAC),
        root=Path(),
        files=tuple(SourceFile(path=path, size=size) for path, size in files),
        gaps=gaps,
    )


def attack(engine: str) -> DynamicTask:
    return DynamicTask(
        engine=engine, stage=Stage.DAST, root=Path(), target=Target(name="x", url="http://x")
    )


def shares(plan: Plan, count: int) -> list[Plan]:
    return [take_share(plan, "name", part, count, PARTS) for part in range(1, count + 1)]


def static(plan: Plan, engine: str) -> list[StaticTask]:
    return [t for t in plan.tasks if isinstance(t, StaticTask) and t.engine == engine]


def loads(plan: Plan, count: int) -> list[int]:
    return [sum(f.size for t in static(s, "bandit") for f in t.files) for s in shares(plan, count)]


_FILES = st.lists(
    st.tuples(
        st.from_regex(r"[a-c]/[a-f]{1,3}\.(py|tf|yaml|json|tf\.json)", fullmatch=True),
        st.integers(0, 900_000),
    ),
    unique_by=lambda file: file[0],
    max_size=25,
)


@given(st.lists(st.tuples(st.sampled_from(NAMES), _FILES), unique_by=lambda t: t[0]), st.data())
def test_every_file_and_gap_is_in_exactly_one_share(
    given_tasks: list[tuple[str, list[tuple[str, int]]]], data: st.DataObject
) -> None:
    gap = Gap(subject="big", reason="too big")
    tasks = tuple(task(name, *files, gaps=(gap,)) for name, files in given_tasks)
    plan = Plan(root=Path(), tasks=(*tasks, attack("probes"), attack("zap")), left_out=())
    count = data.draw(st.integers(1, 5))
    made = shares(plan, count)
    for whole in tasks:
        parts = [one for share in made for one in static(share, whole.engine)]
        assert sorted(f.path for one in parts for f in one.files) == sorted(
            f.path for f in whole.files
        )
        assert [gap for one in parts for gap in one.gaps] == [gap]
    for share in made:
        named = [t.engine for t in share.tasks] + [out.engine for out in share.left_out]
        assert sorted(named) == sorted(t.engine for t in plan.tasks)
        assert all(out.kind is LeftOutKind.OTHER_SHARD for out in share.left_out)
        attacks = [t.engine for t in share.tasks if isinstance(t, DynamicTask)]
        assert attacks in ([], ["probes", "zap"])


def test_the_share_does_not_depend_on_who_asks() -> None:
    files = [(f"a{n}.py", n * 100) for n in range(50)]
    plan = Plan(root=Path(), tasks=(task("bandit", *files), task("semgrep", *files)), left_out=())
    assert shares(plan, 3) == shares(plan, 3)


def test_files_are_shared_out_evenly_by_size() -> None:
    files = [(f"a{n}.py", 1000 + (n * 7919) % 40_000) for n in range(1000)]
    plan = Plan(root=Path(), tasks=(task("bandit", *files), task("semgrep", *files)), left_out=())
    made = loads(plan, 4)
    assert max(made) <= 1.05 * min(made)


def test_who_attacks_the_endpoint_is_given_fewer_files() -> None:
    files = [(f"a{n}.py", 20_000) for n in range(2000)]
    plan = Plan(root=Path(), tasks=(task("bandit", *files), attack("probes")), left_out=())
    made = shares(plan, 4)
    (attacker,) = [n for n, s in enumerate(made) if any(t.engine == "probes" for t in s.tasks)]
    sizes = loads(plan, 4)
    assert sizes[attacker] == min(sizes)
    assert sizes[attacker] < 0.8 * max(sizes)


def test_engines_of_code_see_a_file_side_by_side() -> None:
    files = [(f"a{n}.py", n * 1000) for n in range(40)]
    plan = Plan(root=Path(), tasks=(task("bandit", *files), task("semgrep", *files)), left_out=())
    for share in shares(plan, 4):
        (bandit,), (semgrep,) = static(share, "bandit"), static(share, "semgrep")
        assert bandit.files == semgrep.files


def test_what_speaks_of_each_other_stays_together() -> None:
    terraform = [(f"m{n}/main.tf", 90_000) for n in range(6)] + [("m.auto.tfvars", 10)]
    manifests = [(f"k{n}.yaml", 90_000) for n in range(6)]
    alone = [(f"d{n}/Dockerfile", 90_000) for n in range(6)]
    plan = Plan(
        root=Path(),
        tasks=(
            task("checkov", *terraform, *manifests, *alone),
            task("manifests", *manifests),
        ),
        left_out=(),
    )
    seen = [{f.path for t in static(s, "checkov") for f in t.files} for s in shares(plan, 3)]
    for group in (terraform, manifests):
        paths = {path for path, _ in group}
        assert [paths & share for share in seen if paths & share] == [paths]
    assert sum(bool(static(share, "manifests")) for share in shares(plan, 3)) == 1


def test_json_may_be_of_either_and_ties_infrastructure_together() -> None:
    files = tuple(SourceFile(path=p, size=1) for p in ("a.tf", "b.yaml", "c.json", "Dockerfile"))
    groups = {frozenset(f.path for f in part) for part in Checkov().parts(files)}
    assert groups == {frozenset({"a.tf", "b.yaml", "c.json"}), frozenset({"Dockerfile"})}


def test_a_scan_is_named_by_its_state() -> None:
    plan = Plan(root=Path(), tasks=(task("bandit", ("a.py", 1)),), left_out=())
    name = scan_name(plan, {"a.py": "1"}, {"x": 1}, 4)
    assert name == scan_name(plan, {"a.py": "1"}, {"x": 1}, 4)
    assert name != scan_name(plan, {"a.py": "2"}, {"x": 1}, 4)
    assert name != scan_name(plan, {"a.py": "1"}, {"x": 2}, 4)
    assert name != scan_name(plan, {"a.py": "1"}, {"x": 1}, 3)
    gap = (Gap(subject="b.py", reason="too big"),)
    other = replace(plan, tasks=(task("bandit", ("a.py", 1), gaps=gap),))
    assert name != scan_name(other, {"a.py": "1"}, {"x": 1}, 4)
    # ZAP on one machine and none on the other: what is dealt out differs.
    zap = LeftOut(engine="zap", stage=Stage.DAST, kind=LeftOutKind.NOT_FOUND, reason="r")
    assert name != scan_name(replace(plan, left_out=(zap,)), {"a.py": "1"}, {"x": 1}, 4)


@pytest.mark.parametrize("word", ["0/4", "5/4", "4", "1/0", "a/b", "1/4/4", "-1/4", "1/99999", " "])
def test_a_word_that_is_no_part_is_refused(word: str) -> None:
    with pytest.raises(ConfigError, match="second of four"):
        parse_shard(word)


def test_a_part_is_read() -> None:
    assert parse_shard("2/4") == Wanted(2, 4)
    assert parse_shard("1/1") == Wanted(1, 1)
    assert parse_shard("") is None
