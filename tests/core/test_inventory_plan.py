"""What is scanned, what is not, and that the difference is always said."""

from __future__ import annotations

import os
import subprocess
import time
from fnmatch import fnmatch
from pathlib import Path

import pytest
from msgspec.structs import replace

from scanner.cli.earlier import seconds_before
from scanner.config import Settings
from scanner.engines._workspace import stage
from scanner.inventory import take_inventory
from scanner.model.files import FileKind, is_text, kinds_of_name, staged_suffix
from scanner.model.outcome import Gap
from scanner.model.plan import LeftOutKind, Plan, SourceFile, StaticTask, Target
from scanner.model.severity import Stage
from scanner.plan import Changes, EngineSpec, Selection, make_plan
from scanner.reporters import NAMES, reporter

SPECS = (
    EngineSpec(name="bandit", stage=Stage.SAST, reads=(FileKind.PYTHON, FileKind.NOTEBOOK)),
    EngineSpec(name="checkov", stage=Stage.IAC, reads=(FileKind.TERRAFORM, FileKind.MANIFEST)),
    EngineSpec(name="probes", stage=Stage.DAST),
    EngineSpec(name="zap", stage=Stage.DAST, absent="no ZAP here"),
)


def make(root: Path, selection: Selection | None = None, target: Target | None = None) -> Plan:
    return make_plan(take_inventory(root), SPECS, Settings(), selection or Selection(), target)


def test_files_are_sorted_by_kind_and_only_real_manifests_count(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("")
    (tmp_path / "main.tf").write_text("")
    (tmp_path / "pod.yaml").write_text("# a comment\napiVersion: v1\nkind: Pod\n")
    (tmp_path / "settings.yml").write_text("kind: none\n")
    inventory = take_inventory(tmp_path)
    assert [f.path for f in inventory.of(FileKind.PYTHON)] == ["app.py"]
    assert [f.path for f in inventory.of(FileKind.TERRAFORM, FileKind.MANIFEST)] == [
        "main.tf",
        "pod.yaml",
    ]


def test_links_and_pipes_are_not_followed_and_links_out_are_named(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.py").write_text("eval(x)")
    (root / "real.py").write_text("")
    (root / "alias.py").symlink_to(root / "real.py")
    (root / "out.py").symlink_to(tmp_path / "outside.py")
    (root / "broken.py").symlink_to(root / "nowhere.py")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe.py")
    inventory = take_inventory(root)
    assert [f.path for f in inventory.of(FileKind.PYTHON)] == ["real.py"]
    assert [gap.subject for gap in inventory.excluded] == ["out.py"]


def test_installed_packages_are_left_out_and_said(tmp_path: Path) -> None:
    for folder in ("node_modules", "venv/bin", "hidden"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "venv/pyvenv.cfg").touch()
    (tmp_path / "venv/bin/python").touch()
    (tmp_path / "venv/lib.py").touch()
    (tmp_path / "hidden/pyvenv.cfg").touch()
    (tmp_path / "hidden/serve.py").touch()
    inventory = take_inventory(tmp_path)
    assert {gap.subject for gap in inventory.excluded} == {"node_modules/", "venv/"}
    assert [f.path for f in inventory.of(FileKind.PYTHON)] == ["hidden/serve.py"], (
        "an empty pyvenv.cfg must not hide code"
    )


@pytest.mark.parametrize("glob", ["tests", "tests/", "tests/*", "**/tests", "t*"])
def test_excluded_files_are_named(tmp_path: Path, glob: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/a.py").touch()
    (tmp_path / "app.py").touch()
    inventory = take_inventory(tmp_path, (glob,))
    assert [f.path for f in inventory.of(FileKind.PYTHON)] == ["app.py"]
    assert inventory.excluded


def test_engine_configuration_in_the_tree_is_named(tmp_path: Path) -> None:
    (tmp_path / ".bandit").touch()
    (tmp_path / "pyproject.toml").write_text("[project]\n[tool.bandit]\nskips = []\n")
    (tmp_path / "app.py").touch()
    plan = make(tmp_path)
    assert [note.split(":")[0] for note in plan.notes] == [".bandit", "pyproject.toml"]


def test_a_large_file_is_a_gap_but_a_notebook_may_hold_pictures(tmp_path: Path) -> None:
    (tmp_path / "big.py").write_text("#" * 1_000_001)
    (tmp_path / "app.py").touch()
    (tmp_path / "train.ipynb").write_text(" " * 1_000_001)
    with (tmp_path / "huge.ipynb").open("wb") as huge:
        huge.truncate(30_000_001)
    (task,) = make(tmp_path).tasks
    assert isinstance(task, StaticTask)
    assert [f.path for f in task.files] == ["app.py", "train.ipynb"]
    assert [gap.subject for gap in task.gaps] == ["big.py", "huge.ipynb"]


def test_every_engine_is_planned_or_left_out_with_a_reason(tmp_path: Path) -> None:
    plan = make(tmp_path)
    assert not plan.tasks
    assert {out.engine: out.kind for out in plan.left_out} == {
        "bandit": LeftOutKind.NOTHING_TO_SCAN,
        "checkov": LeftOutKind.NOTHING_TO_SCAN,
        "probes": LeftOutKind.NOT_CONFIGURED,
        "zap": LeftOutKind.NOT_CONFIGURED,
    }


def test_only_and_skip(tmp_path: Path) -> None:
    (tmp_path / "app.py").touch()
    target = Target(name="e", url="http://127.0.0.1:1")
    assert [t.engine for t in make(tmp_path, Selection(only=("sast",)), target).tasks] == ["bandit"]
    plan = make(tmp_path, Selection(skip=("bandit",)), target)
    assert [t.engine for t in plan.tasks] == ["probes"]
    reasons = {out.engine: out.reason for out in plan.left_out}
    assert reasons["bandit"] == "--skip bandit"
    assert reasons["zap"] == "no ZAP here"


@pytest.mark.parametrize(
    ("name", "head", "kind"),
    [
        ("web/App.tsx", "export default 1", FileKind.JAVASCRIPT),
        ("server.mjs", "", FileKind.JAVASCRIPT),
        ("start.sh", "", FileKind.SHELL),
        ("docker-entrypoint", "#!/usr/bin/env bash\n", FileKind.SHELL),
        ("LICENSE", "Apache", None),
        ("manage", "#!/usr/bin/env python\n", None),
        ("Dockerfile.gpu", "", FileKind.DOCKERFILE),
        ("Dockerfile-dev", "", FileKind.DOCKERFILE),
        ("dockerfile_builder.py", "", FileKind.PYTHON),
        ("docker-file.py", "", FileKind.PYTHON),
        ("dockerfile_test.go", "", None),
        ("Dockerfile.md", "", None),
        ("gpu.Containerfile", "", FileKind.DOCKERFILE),
        ("serve.pyw", "", FileKind.PYTHON),
        ("api.d.ts", "", None),
        ("docker-compose.prod.yml", "services:\n  a: {}\n", FileKind.COMPOSE),
        ("compose.yaml", "name: x\n'services':\n  a: {}\n", FileKind.COMPOSE),
        ("compose.yaml", "apiVersion: v1\nkind: List\n", FileKind.MANIFEST),
        ("compose.yml", "steps: [a]\n", None),
        ("services.yaml", "services:\n  a: {}\n", None),
        ("deploy.json", '{"kind": "Pod", "apiVersion": "v1"}', FileKind.MANIFEST),
        ("deploy.json", '{\n  "apiVersion": "v1",\n  "kind": "Pod"\n}', FileKind.MANIFEST),
        ("data.json", '{"mankind": 1, "apiVersion": "v1"}', None),
        ("decompose.yaml", "", None),
    ],
)
def test_kinds_by_name_and_first_line(
    tmp_path: Path, name: str, head: str, kind: FileKind | None
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(head)
    # Whatever is text besides is read for secrets alone.
    found = {kind for kind in FileKind if take_inventory(tmp_path).of(kind)} - {FileKind.TEXT}
    assert found == ({kind} if kind else set())


@pytest.mark.parametrize(
    ("name", "head", "kinds"),
    [
        (
            "compose.yaml",
            "apiVersion: v1\nkind: List\nservices:\n  a: {}\n",
            {FileKind.MANIFEST, FileKind.COMPOSE},
        ),
        (
            "pod.yaml",
            '_format_version: "3.0"\napiVersion: v1\nkind: Pod\n',
            {FileKind.MANIFEST, FileKind.KONG},
        ),
        (
            "pod.json",
            '{"terraform_version": "1", "format_version": "1", "planned_values": {},'
            ' "apiVersion": "v1", "kind": "Pod"}',
            {FileKind.MANIFEST, FileKind.PLAN},
        ),
    ],
)
def test_no_line_takes_a_file_away_from_an_engine(
    tmp_path: Path, name: str, head: str, kinds: set[FileKind]
) -> None:
    (tmp_path / name).write_text(head)
    inventory = take_inventory(tmp_path)
    assert {kind for kind in FileKind if inventory.of(kind)} == kinds
    assert [file.path for file in inventory.of(*FileKind)] == [name]


@pytest.mark.parametrize("filler", ["\n", " \n", "\t", " ", "{\n", ", ", '"', "services \n"])
@pytest.mark.parametrize("name", ["a.yaml", "compose.yaml", "a.json", ".env", "pyproject.toml"])
def test_a_head_of_nothing_is_gone_over_once(tmp_path: Path, name: str, filler: str) -> None:
    (tmp_path / name).write_text(filler * (65_536 // len(filler)))
    began = time.process_time()
    inventory = take_inventory(tmp_path)
    # With a search from each line end it was 20 s: a bound on the growth, no timing.
    assert time.process_time() - began < 5
    assert [file.path for file in inventory.of(FileKind.TEXT)] == [name]


POD = b"apiVersion: v1\nkind: Pod\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bom.yaml", b"\xef\xbb\xbf" + POD),
        ("utf16.yaml", POD.decode().encode("utf-16")),
        ("cr.yaml", POD.replace(b"\n", b"\r")),
        ("crlf.yaml", POD.replace(b"\n", b"\r\n")),
        ("late.yaml", b"# a licence\n" * 9_000 + POD),
        ("long-key.yaml", b"? kind\n: Pod\n? 'apiVersion'\n: v1\n"),
        ("tagged.yaml", b"!!str kind: Pod\n&a apiVersion: v1\n"),
        ("escaped.json", b'{"k\\u0069nd": "Pod", "api\\u0056ersion": "v1"}'),
    ],
)
def test_however_it_is_written_it_is_a_manifest(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    inventory = take_inventory(tmp_path)
    assert [file.path for file in inventory.of(FileKind.MANIFEST)] == [name]


@pytest.mark.parametrize(
    "content",
    [b"kinds: a\napiVersions: 1\n", b"a: kind\nb: apiVersion\n", b"# kind: x\n# apiVersion: y\n"],
)
def test_words_that_are_no_keys_make_none(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.yaml").write_bytes(content)
    assert take_inventory(tmp_path).of(FileKind.MANIFEST) == ()


def test_what_large_data_speaks_of_somewhere_makes_it_no_manifest(tmp_path: Path) -> None:
    rows = '{"a": 1},\n' * 9_000
    (tmp_path / "a.json").write_text(f'[{rows}{{"kind": "Pod", "apiVersion": "v1"}}]')
    assert take_inventory(tmp_path).of(FileKind.MANIFEST) == ()


def test_a_compose_file_with_a_mark_of_encoding(tmp_path: Path) -> None:
    (tmp_path / "docker-compose.yml").write_bytes(b"\xef\xbb\xbfservices:\n  a: {}\n")
    assert take_inventory(tmp_path).of(FileKind.COMPOSE) != ()


def test_a_bundled_script_is_left_out_by_its_content_and_said(tmp_path: Path) -> None:
    long = "x" * 6_000
    bundles = {"index-4f3a.js": long, "jquery.min.js": f"/* (c) */\n// more\n{long}\n{long}\n"}
    own = {
        "app.js": "x = 1\n",
        "small.min.js": "eval(req.query.a)\n",
        "icons.js": f"const icon = '{long}'\napp.get('/')\nmore()\nexport default icon\n",
        "note.js": f"// {long}\nconst a = 1\napp.get('/')\nmore()\n",
        "spaced.js": f"const a = 1{' ' * 6_000}\napp.get('/')\nmore()\n",
        "dressed.js": f"/* {long} */\n" + "".join(f"/**/ line{n}()\n" for n in range(9)),
        "starred.js": f"/* {long} */\n0\n" + "* eval(req.query.a)\n" * 9,
        "quoted.js": f"x = '{long}'\ny = '/*'\na()\nb()\nz = '*/'\n",
        "late.js": long * 12 + "\napp.get('/')\nmore()\neval(req.query.a)\n",
    }
    for name, text in (bundles | own).items():
        (tmp_path / name).write_text(text)
    inventory = take_inventory(tmp_path)
    assert {file.path for file in inventory.of(FileKind.JAVASCRIPT)} == own.keys()
    assert {gap.subject for gap in inventory.excluded} == bundles.keys()
    # A key in a bundle is published with it.
    assert {file.path for file in inventory.of(FileKind.TEXT)} == bundles.keys()


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("a.py", None),
        ("a.pyw", ".py"),
        ("nb.IPYNB", ".py"),
        ("a.mts", ".ts"),
        ("Dockerfile", None),
        ("gpu.dockerfile", None),
        ("Dockerfile.gpu", ".dockerfile"),
        ("Containerfile", ".dockerfile"),
        ("dockerfile", ".dockerfile"),
        ("agent.Dockerfile", ".dockerfile"),
        ("entrypoint", ".sh"),
        ("APP.PY", ".py"),
        ("Main.tf.json", None),
        ("main.TF.json", ".tf.json"),
        ("main.tf.JSON", ".tf.json"),
        ("Docker-Compose.yml", ".compose.yml"),
        ("a.yaml", None),
    ],
)
def test_the_suffix_under_which_engines_know_a_file(name: str, suffix: str | None) -> None:
    assert staged_suffix(name) == suffix


def test_of_a_changed_state_what_cannot_be_read_stays_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    gap = Gap(subject="locked", reason="permission denied")
    inventory = replace(take_inventory(tmp_path), unreadable=(gap,))
    changes = Changes(since="main", paths=frozenset())
    plan = make_plan(inventory, SPECS, Settings(), Selection(only=("bandit",)), None, changes)
    (task,) = plan.tasks
    assert isinstance(task, StaticTask)
    assert (task.files, task.gaps) == ((), (gap,))


def test_files_of_engines_that_were_not_asked_are_not_called_unjudged(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "main.tf").write_text("")
    changes = Changes(since="main", paths=frozenset())
    asked = Selection(only=("sast",))
    plan = make_plan(take_inventory(tmp_path), SPECS, Settings(), asked, None, changes)
    (note,) = plan.notes
    assert "1 of 1 files were not judged: a.py" in note


def test_files_that_speak_to_an_engine_are_named_only_where_they_do(tmp_path: Path) -> None:
    (tmp_path / "setup.cfg").write_text("[metadata]\nname = a\n")
    (tmp_path / "tox.ini").write_text("[bandit]\nskips = B307\n")
    (tmp_path / ".env").write_text("export SEMGREP_RULES=x\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / ".env").write_text("PORT=8000\n")
    (tmp_path / "zizmor.yml").touch()
    (tmp_path / "app.py").touch()
    plan = make(tmp_path)
    assert [note.split(":")[0] for note in plan.notes] == [".env", "tox.ini", "zizmor.yml"]


def test_a_path_that_is_too_long_is_said_and_ends_nothing(tmp_path: Path) -> None:
    descriptor = os.open(tmp_path, os.O_RDONLY)
    for _ in range(210):
        os.mkdir("d" * 20, dir_fd=descriptor)
        inner = os.open("d" * 20, os.O_RDONLY, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = inner
    os.close(descriptor)
    (tmp_path / "app.py").touch()
    seen = take_inventory(tmp_path.resolve())
    assert [gap.reason for gap in seen.unreadable] == ["file name too long"]
    assert [file.path for file in seen.of(FileKind.PYTHON)] == ["app.py"]
    subprocess.run(["rm", "-rf", str(tmp_path)], check=True)


def test_only_what_this_scan_writes_anew_is_no_text_of_the_repository(tmp_path: Path) -> None:
    texts = [reporter(name).filename for name in NAMES if is_text(reporter(name).filename)]
    texts += ["unfinished.json", "endpoints.json"]
    for folder in ("servegate-report", "old/report", "servegate-report/chat"):
        (tmp_path / folder).mkdir(parents=True)
        for name in texts:
            # Whoever writes these words could write a key behind them.
            (tmp_path / folder / name).write_text('{"schema": "servegate/result/v1"}')
    (tmp_path / "servegate-report/app.py").write_text("x")
    (tmp_path / "servegate-report/settings.json").write_text("{}")
    everything = {f"{path.relative_to(tmp_path)}" for path in tmp_path.rglob("*.*")}
    own = {f"servegate-report/{name}" for name in texts}
    out = tmp_path / "servegate-report"
    for spelled in (out, tmp_path / "old" / ".." / "servegate-report"):
        inventory = take_inventory(tmp_path, (), (spelled,))
        seen = {file.path for file in inventory.of(*FileKind)}
        assert len(texts) > 7
        assert seen == everything - own
        assert inventory.reports == ("servegate-report/",)
    assert take_inventory(tmp_path).reports == ()
    for other in (tmp_path.parent, tmp_path / "x", tmp_path.parent / f"{tmp_path.name}2"):
        assert take_inventory(tmp_path, (), (other,)).reports == ()
    assert take_inventory(out, (), (out,)).reports == ("./",)


@pytest.mark.parametrize(
    "name", ["result.json", "junit.xml", "deploy.yaml", "pyproject.toml", "a.js"]
)
def test_nothing_that_would_have_to_be_waited_for_is_opened(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / name)
    (tmp_path / "summary.md").write_text("x")
    (tmp_path / "report.html").symlink_to("/dev/stdin")
    inventory = take_inventory(tmp_path, (), (tmp_path,))
    assert [file.path for file in inventory.of(*FileKind)] == []
    (tmp_path / "servegate-report").mkdir()
    os.mkfifo(tmp_path / "servegate-report" / "result.json")
    assert seconds_before(tmp_path / "servegate-report" / "result.json") == {}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "app.py",
            "app.pyw",
            "web.js",
            "web.mts",
            "run.sh",
            "run",
            "Dockerfile",
            "Dockerfile.gpu",
        ),
        *("app.dockerfile", "compose.yaml", "docker-compose.prod.yml", "app-compose.yml"),
        *("APP.PY", "web.TS", "RUN.SH", "agent.Dockerfile", "Docker-Compose.YML", "MAIN.TF"),
        *("main.tf", "main.tf.json", "prod.auto.tfvars", "plan.json", "pod.yaml"),
    ],
)
@pytest.mark.parametrize("odd", ["{}", "an odd {}", "-{}", "größe-{}", "folder name/{}", "-x/{}"])
def test_an_odd_name_keeps_its_kind_in_the_working_copy(
    tmp_path: Path, name: str, odd: str
) -> None:
    path = odd.format(name)
    meant = kinds_of_name(path)
    (tmp_path / "repo" / path).parent.mkdir(parents=True)
    (tmp_path / "repo" / path).write_text("x")
    into = tmp_path / "into"
    into.mkdir()
    workspace = stage(tmp_path / "repo", [SourceFile(path=path, size=1)], into)
    (staged,) = workspace.originals
    assert kinds_of_name(staged) == meant
    if FileKind.COMPOSE in meant:
        assert fnmatch(staged.rsplit("/")[-1], "*compose*.y*ml")
