"""An engine behind the cache is asked only for what is not known; its word is kept with care."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.cache.codec import encode
from scanner.cache.engine import Cached, Piece
from scanner.cache.hashes import Hashes
from scanner.cache.store import Store
from scanner.cache.turns import InTurn
from scanner.model.errors import ToolCrashed
from scanner.model.finding import fingerprinted
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Diagnosis, Repeatable, ScanContext
from scanner.model.rule import Rule
from scanner.model.severity import Stage
from tests.core.factory import finding, rule

CONTEXT = ScanContext(progress=lambda _: None, cancelled=threading.Event())


@dataclass
class Engine:
    """Finds the word `bad` in each file; `meanwhile` is what happens while it looks."""

    name: str = "bandit"
    stage: Stage = Stage.SAST
    version: str = "1"
    together: bool = False
    extra: tuple[Gap, ...] = ()
    passing: tuple[str, ...] = ()
    meanwhile: Callable[[], object] = lambda: None
    remarks: tuple[str, ...] = ()
    asked: list[list[str]] = field(default_factory=list)

    def rules(self) -> tuple[Rule, ...]:
        return (rule(),)

    def diagnose(self, root: Path) -> Diagnosis:
        raise AssertionError(f"a scan diagnoses nothing, {root} neither")

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        return (tuple(files),) if self.together else tuple((file,) for file in files)

    def repeated(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        return self.parts(files)

    def known_by(self, task: StaticTask, context: ScanContext) -> tuple[str, ...]:  # noqa: ARG002
        return (self.version,)

    def lasting(self, gap: Gap) -> bool:
        return gap.reason not in self.passing

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:  # noqa: ARG002
        assert isinstance(task, StaticTask)
        self.asked.append([file.path for file in task.files])
        found, gaps, targets, notes = [], list(task.gaps), [], list(task.notes)
        for file in task.files:
            text = (task.root / file.path).read_text()
            if "broken" in text:
                gaps.append(Gap(subject=file.path, reason="broken"))
                continue
            targets.append(file.path)
            notes += [f"{file.path}: odd"] if "odd" in text else []
            found += [
                finding(path=file.path, line=number, anchor=line)
                for number, line in enumerate(text.splitlines(), 1)
                if "bad" in line
            ]
        self.meanwhile()
        made = Completed(
            tool_version=self.version,
            rules=self.rules(),
            targets=tuple(sorted(targets)),
            findings=fingerprinted(found),
            notes=(*notes, *self.remarks),
        )
        gaps += self.extra
        if not gaps:
            return made
        row = {name: getattr(made, name) for name in ("tool_version", "rules", "targets")}
        ordered = tuple(sorted(gaps, key=lambda gap: (gap.subject, gap.reason)))
        return Partial(**row, findings=made.findings, notes=made.notes, gaps=ordered)


def task(root: Path, **known: object) -> StaticTask:
    files = tuple(
        SourceFile(path=path.name, size=path.stat().st_size) for path in sorted(root.glob("*.py"))
    )
    made = StaticTask(engine="bandit", stage=Stage.SAST, root=root, files=files)
    return replace(made, **known)  # type: ignore[arg-type]


def scan(engine: Engine, root: Path, store: Store, **known: object) -> Completed | Partial:
    hashes = Hashes(root, store)
    outcome = Cached(engine, store, hashes).scan(task(root, **known), CONTEXT)
    hashes.save()
    return outcome


def bare(outcome: Completed | Partial) -> Completed | Partial:
    """Without the remark that some of it was known."""
    return replace(outcome, notes=tuple(n for n in outcome.notes if "from the cache" not in n))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    folder.mkdir()
    (folder / "a.py").write_text("bad one\nbad one\nfine\n")
    (folder / "b.py").write_text("fine\n")
    (folder / "c.py").write_text("broken\n")
    return folder


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


def test_it_is_an_engine_whose_answers_can_be_repeated() -> None:
    assert isinstance(Engine(), Repeatable)


def test_only_what_changed_is_looked_at(root: Path, store: Store) -> None:
    engine = Engine()
    first = scan(engine, root, store)
    again = scan(engine, root, store)
    assert engine.asked == [["a.py", "b.py", "c.py"]]
    assert bare(again) == first
    assert again.notes == ("2 of 2 files unchanged: answered from the cache",)
    (root / "b.py").write_text("bad\n")
    edited = scan(engine, root, store)
    assert engine.asked[1:] == [["b.py"]]
    assert bare(edited) == Engine().scan(task(root), CONTEXT)


def test_a_file_of_another_name_is_another(root: Path, store: Store) -> None:
    engine = Engine()
    scan(engine, root, store)
    (root / "a.py").rename(root / "z.py")
    outcome = scan(engine, root, store)
    assert engine.asked[1:] == [["z.py"]]
    assert bare(outcome) == Engine().scan(task(root), CONTEXT)


@pytest.mark.parametrize("together", [False, True])
def test_a_note_about_a_file_is_remembered_with_it(
    root: Path, store: Store, together: bool
) -> None:
    for name in ("b.py", "d.py"):
        (root / name).write_text("odd\n")
    remarks = ("one: of no file", "another")
    engine = Engine(together=together, remarks=remarks)
    first = scan(engine, root, store)
    assert first.notes == ("b.py: odd", "d.py: odd", *remarks)
    for name, text in (("a.py", "bad\n"), ("d.py", "fine\n"), ("e.py", "odd\n"), ("b.py", "x\n")):
        (root / name).write_text(text)
        fresh = Engine(together=together, remarks=remarks).scan(task(root), CONTEXT)
        assert bare(scan(engine, root, store)) == fresh
        assert bare(scan(engine, root, store)) == fresh
        assert engine.asked.pop() == ([f.path for f in task(root).files] if together else [name])
    assert len(engine.asked) == 1


def test_another_version_knows_nothing(root: Path, store: Store) -> None:
    scan(Engine(), root, store)
    newer = Engine(version="2")
    scan(newer, root, store)
    assert newer.asked == [["a.py", "b.py", "c.py"]]


def test_gaps_and_notes_of_the_task_are_told_each_time(root: Path, store: Store) -> None:
    gap = Gap(subject="big.py", reason="too big")
    for _ in range(2):
        outcome = scan(Engine(), root, store, gaps=(gap,), notes=("n",))
        assert isinstance(outcome, Partial)
        assert gap in outcome.gaps
        assert outcome.notes[0] == "n"
    without = scan(Engine(), root, store)
    assert isinstance(without, Partial)
    assert gap not in without.gaps


def test_what_came_of_the_moment_is_not_kept(root: Path, store: Store) -> None:
    engine = Engine(passing=("broken",))
    scan(engine, root, store)
    scan(engine, root, store)
    assert engine.asked[1:] == [["c.py"]]


def test_a_gap_of_no_file_may_be_about_any(root: Path, store: Store) -> None:
    engine = Engine(extra=(Gap(subject="bandit", reason="a rule timed out"),))
    scan(engine, root, store)
    scan(engine, root, store)
    assert len(engine.asked) == 2


def test_nor_is_it_lost_where_one_file_was_looked_at(root: Path, store: Store) -> None:
    scan(Engine(), root, store)
    (root / "b.py").write_text("bad\n")
    engine = Engine(extra=(Gap(subject="bandit", reason="a rule timed out"),))
    for asked in range(1, 3):
        outcome = scan(engine, root, store)
        assert engine.asked == [["b.py"]] * asked
        assert isinstance(outcome, Partial)
        assert engine.extra[0] in outcome.gaps


@pytest.mark.parametrize("edits", [1, 3, 40])
def test_of_many_files_only_those_that_changed(tmp_path: Path, store: Store, edits: int) -> None:
    root = tmp_path / "many"
    root.mkdir()
    for number in range(200):
        text = ("bad\n", "fine\n", "broken\n")[number % 3]
        (root / f"f{number}.py").write_text(text * (number % 5))
    engine = Engine()
    scan(engine, root, store)
    for number in range(edits):
        (root / f"f{number * 4}.py").write_text(f"bad {number}\n")
    (root / "f199.py").unlink()
    for _ in range(2):
        assert bare(scan(engine, root, store)) == Engine().scan(task(root), CONTEXT)
    assert engine.asked[1:] == [sorted(f"f{number * 4}.py" for number in range(edits))]


def test_what_is_known_is_read_in_few_pieces(tmp_path: Path) -> None:
    asked: list[int] = []

    class Counting(Store):
        def get(self, names: Sequence[str]) -> dict[str, bytes]:
            asked.append(len(names))
            return super().get(names)

    root, store = tmp_path / "many", Counting(tmp_path / "cache")
    root.mkdir()
    for number in range(200):
        (root / f"f{number}.py").write_text("bad\n")
    for _ in range(2):
        asked.clear()
        scan(Engine(), root, store)
    assert sum(asked) < 30


@pytest.mark.parametrize("remembered", [True, False])
def test_an_engine_at_work_lets_the_next_one_start(
    root: Path, store: Store, *, remembered: bool
) -> None:
    turn, other_began = threading.Lock(), threading.Event()

    class First(Engine):
        def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
            assert turn.locked()
            context.progress("1 file")
            assert other_began.wait(20)
            return super().scan(task, context)

    class Second(Engine):
        def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
            other_began.set()
            return super().scan(task, context)

    hashes = Hashes(root, store)
    with ThreadPoolExecutor(2) as pool:
        engines = (First(), Second(name="semgrep"))
        runs = [
            pool.submit(one.scan, task(root), CONTEXT)
            for one in (
                Cached(engine, store, hashes, turn) if remembered else InTurn(engine, turn)
                for engine in engines
            )
        ]
        assert len({len(run.result().findings) for run in runs}) == 1
    assert not turn.locked()


def test_an_engine_that_fails_ends_its_turn(root: Path, store: Store) -> None:
    class Broken(Engine):
        def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
            raise ToolCrashed(f"{task.engine}: no {context.cancelled}")

    turn = threading.Lock()
    with pytest.raises(ToolCrashed):
        Cached(Broken(), store, Hashes(root, store), turn).scan(task(root), CONTEXT)
    assert not turn.locked()
    with pytest.raises(ToolCrashed):
        InTurn(Broken(), turn).scan(task(root), CONTEXT)
    assert not turn.locked()


def test_where_all_is_one_piece_it_is_kept_with_it(root: Path, store: Store) -> None:
    engine = Engine(together=True, extra=(Gap(subject="a.py (module.x)", reason="not here"),))
    first = scan(engine, root, store)
    again = scan(engine, root, store)
    assert len(engine.asked) == 1
    assert bare(again) == first
    (root / "b.py").write_text("bad\n")
    scan(engine, root, store)
    assert engine.asked[1:] == [["a.py", "b.py", "c.py"]]


def test_a_file_that_changes_meanwhile_is_not_kept(root: Path, store: Store) -> None:
    engine = Engine(meanwhile=lambda: (root / "a.py").write_text("fine by now\n"))
    scan(engine, root, store)
    engine.meanwhile = lambda: None
    (root / "a.py").write_text("bad one\nbad one\nfine\n")
    outcome = scan(engine, root, store)
    assert "a.py" in engine.asked[1]
    assert len(outcome.findings) == 2


def test_a_piece_that_speaks_of_another_file_is_none(root: Path, store: Store) -> None:
    engine = Engine()
    scan(engine, root, store)
    with sqlite3.connect(store.path) as db:
        rows = [row[0] for row in db.execute("SELECT name FROM entry WHERE name LIKE 'bandit:%'")]
        heads = [row[0] for row in db.execute("SELECT name FROM entry WHERE name LIKE 'head:%'")]
    foreign = Piece(head=heads[0], findings=(finding(path="x.py"),), gaps=(), targets=("x.py",))
    store.put({name: encode(foreign) for name in rows})
    outcome = scan(engine, root, store)
    assert engine.asked[1:] == [["a.py", "b.py", "c.py"]]
    assert "x.py" not in outcome.targets


def test_a_file_is_not_read_again_unless_it_was_touched(root: Path, store: Store) -> None:
    files = task(root).files
    old = time.time() - 60
    for file in files:
        os.utime(root / file.path, (old, old))
    # A change of times is a change of the inode: that moment has to be over too.
    time.sleep(2.1)
    first = Hashes(root, store)
    known = first(files)
    first.save()
    (root / "a.py").chmod(0)
    (root / "a.py").chmod(0o644)
    assert Hashes(root, store)(files) == known
    text = (root / "a.py").read_text()
    (root / "a.py").write_text(text.upper())
    os.utime(root / "a.py", (old, old))
    assert Hashes(root, store)(files)["a.py"] != known["a.py"]


def test_a_file_that_cannot_be_read_is_not_known(root: Path, store: Store) -> None:
    files = task(root).files
    (root / "a.py").unlink()
    (root / "a.py").symlink_to(root / "b.py")
    assert Hashes(root, store)(files)["a.py"] == ""
