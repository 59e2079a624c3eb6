"""Looks for a ZAP: a running one, an installed one, a container image.

Everything looked at is kept as a trail, so that `doctor` can explain the answer.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from scanner.engines._process import find_tool, run_tool, tool_environ
from scanner.engines.zap.options import ZapOptions
from scanner.model.errors import EngineError, ToolMissing
from scanner.model.values import Value

MIN_JAVA = 17
_JAR = re.compile(r"zap-(\d+(?:\.\d+)+)\.jar")
_JAVA_VERSION = re.compile(r'version "(?:1\.)?(\d+)')
_USUAL = (
    "/opt/zaproxy",
    "/opt/zap",
    "/usr/share/zaproxy",
    "/usr/local/share/zaproxy",
    "/snap/zaproxy/current",
    "/zap",
    "/Applications/ZAP.app/Contents/Java",
)
_INSTALL = "servegate zap install fetches one"


class Daemon(Value, kw_only=True):
    """A ZAP that runs already and is neither started nor ended by us."""

    url: str


class Installed(Value, kw_only=True):
    """A ZAP on disk: its folder, its jar and the Java that runs it."""

    home: Path
    jar: Path
    java: Path
    version: str

    def has_addon(self, name: str) -> bool:
        """Whether an add-on lies in its plugin folder."""
        return any((self.home / "plugin").glob(f"{name}-*.zap"))


class Container(Value, kw_only=True):
    """An image that is on this machine, and the client that runs it."""

    tool: Path
    image: str


Place = Daemon | Installed | Container


class Search(Value, kw_only=True):
    """The ZAP that will be used, if any, and a line on everything that was looked at before it."""

    place: Place | None
    trail: tuple[str, ...]


def install_root(environ: Mapping[str, str] = os.environ) -> Path:
    """Where `servegate zap install` puts a ZAP."""
    data = environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "servegate" / "zap"


def search(options: ZapOptions, root: Path, environ: Mapping[str, str] = os.environ) -> Search:
    """Look in the documented order; a place that the user named decides alone."""
    if options.url:
        return Search(place=Daemon(url=options.url), trail=())
    trail = ["no running ZAP named (--zap-url)"]
    named = options.home or environ.get("ZAP_HOME", "")
    folders = [Path(named)] if named else list(_folders(root, environ))
    for folder in folders:
        found = _installed(folder, root, environ, trail)
        if found is not None:
            return Search(place=found, trail=tuple(trail))
    if named:
        return Search(place=None, trail=tuple(trail))
    if not folders:
        trail.append("no ZAP_HOME, no zap.sh on PATH, none in the usual places")
    if options.container:
        container = _container(options.image, root, environ, trail)
        if container is not None:
            return Search(place=container, trail=tuple(trail))
    trail.append(_INSTALL)
    return Search(place=None, trail=tuple(trail))


def _folders(root: Path, environ: Mapping[str, str]) -> Iterator[Path]:
    """Folders that hold a ZAP, or look like it: beside `zap.sh` on PATH, then the usual ones."""
    with contextlib.suppress(ToolMissing):
        yield find_tool("zap.sh", root, environ).resolve().parent
    own = install_root(environ)
    installed = sorted(own.glob("ZAP_*"), reverse=True) if own.is_dir() else []
    for folder in (*installed, *map(Path, _USUAL)):
        if _jar(folder) is not None:
            yield folder


def _jar(folder: Path) -> Path | None:
    try:
        jars = [path for path in folder.iterdir() if _JAR.fullmatch(path.name)]
    except OSError:
        return None
    return max(jars, key=lambda path: _numbers(path.name), default=None)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text))


def _installed(
    folder: Path, root: Path, environ: Mapping[str, str], trail: list[str]
) -> Installed | None:
    jar = _jar(folder)
    if jar is None:
        trail.append(f"{folder}: no zap-<version>.jar there")
        return None
    java = _java(root, environ, trail)
    match = _JAR.fullmatch(jar.name)
    if java is None or match is None:
        trail.append(f"{folder}: a ZAP, but nothing to run it with")
        return None
    return Installed(home=folder.resolve(), jar=jar.resolve(), java=java, version=match[1])


def _java(root: Path, environ: Mapping[str, str], trail: list[str]) -> Path | None:
    home = environ.get("JAVA_HOME")
    java = Path(home) / "bin" / "java" if home else None
    if java is None or not os.access(java, os.X_OK):
        try:
            java = find_tool("java", root, environ)
        except ToolMissing:
            trail.append(f"no Java: ZAP needs a Java runtime {MIN_JAVA} or newer")
            return None
    version = _java_version(java)
    if version is None:
        trail.append(f"{java} does not say its version")
        return None
    if version < MIN_JAVA:
        trail.append(f"{java} is Java {version}; ZAP needs {MIN_JAVA} or newer")
        return None
    return java


def _java_version(java: Path) -> int | None:
    try:
        ended = run_tool(
            [java, "-version"], cwd=Path("/"), deadline=20, cancelled=threading.Event()
        )
    except EngineError:
        return None
    match = _JAVA_VERSION.search(ended.stderr + ended.stdout.decode("utf-8", "replace"))
    return int(match[1]) if match else None


def _container(
    image: str, root: Path, environ: Mapping[str, str], trail: list[str]
) -> Container | None:
    """A container client whose engine answers and that has the image; nothing is pulled."""
    clients = 0
    for name in ("docker", "podman"):
        try:
            tool = find_tool(name, root, environ)
        except ToolMissing:
            continue
        clients += 1
        try:
            ended = run_tool(
                [tool, "image", "inspect", "--format", "{{.Id}}", image],
                cwd=Path("/"),
                deadline=15,
                cancelled=threading.Event(),
                environ=container_environ(environ),
            )
        except EngineError as error:
            trail.append(f"{name}: {error}")
            continue
        if ended.returncode == 0:
            return Container(tool=tool, image=image)
        if "no such" in ended.stderr.lower() or "not known" in ended.stderr.lower():
            trail.append(f"{name} is here, the image is not: {name} pull {image}")
        else:
            trail.append(f"{name} is here, but its engine does not answer")
    if not clients:
        trail.append("no container engine")
    return None


def container_environ(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a container client needs to reach its engine."""
    wanted = ("CONTAINER_HOST", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")
    kept = {k: v for k, v in environ.items() if k in wanted or k.startswith("DOCKER_")}
    return tool_environ(kept)
