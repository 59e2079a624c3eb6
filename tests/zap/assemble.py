"""Assembles a ZAP without attack rules from what its project publishes for Maven.

The core and a few add-ons come by the `mvn` client; the core demands an add-on `callhome` as well,
which is not published: an archive of our own with just a manifest takes its place. The result
boots, proxies and answers its API, so it serves as the contract test of how ZAP is driven. It has
no rules of attack, no passive scanner and no OpenAPI import; a full ZAP (`ZAP_HOME`) has.

Run as a script it prints the folder, which is kept in the user's cache folder.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from xml.etree import ElementTree

CORE = "2.17.0"
# Name, version, status; the status is part of the name that the core reads.
ADDONS = (
    ("network", "0.25.0", "beta"),
    ("commonlib", "1.40.0", "release"),
    ("automation", "0.60.0", "beta"),
)
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
_RECIPE = "3"
_CALLHOME = """<?xml version="1.0" encoding="UTF-8"?>
<zapaddon>
  <name>Stand-in for an add-on that is not published</name>
  <version>0.0.1</version>
  <status>release</status>
  <description>Takes the place of a mandatory add-on; does nothing.</description>
  <author>servegate tests</author>
  <not-before-version>2.17.0</not-before-version>
</zapaddon>
"""


class CannotAssemble(Exception):
    """Why there is no ZAP to test with, in one line."""


def assembled() -> Path:
    """The folder of the assembled ZAP, made now if it is not there. Raises `CannotAssemble`."""
    home = _cache() / f"zap-{CORE}-{_RECIPE}"
    if (home / "complete").is_file():
        return home
    if shutil.which("mvn") is None:
        raise CannotAssemble("the Maven client (mvn) is not installed")
    if shutil.which("java") is None:
        raise CannotAssemble("Java is not installed")
    home.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home.parent) as scratch:
        made = Path(scratch) / "zap"
        _core(made, Path(scratch))
        for name, version, status in ADDONS:
            _addon(made, name, version, status, Path(scratch))
        with zipfile.ZipFile(made / "plugin" / "callhome-release-0.0.1.zap", "w") as archive:
            archive.writestr("ZapAddOn.xml", _CALLHOME)
        (made / "complete").touch()
        shutil.rmtree(home, ignore_errors=True)
        try:
            made.rename(home)
        except OSError:
            # Another test process was faster; its result is the same.
            if not (home / "complete").is_file():
                raise
    return home


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "servegate-tests"


def _core(made: Path, scratch: Path) -> None:
    library = made / "lib"
    _copy("org.zaproxy", "zap", CORE, library, scratch)
    (library / f"zap-{CORE}.jar").rename(made / f"zap-{CORE}.jar")
    (made / "plugin").mkdir()


def _addon(made: Path, name: str, version: str, status: str, scratch: Path) -> None:
    """The published jar, rewritten with every library that it needs inside and in its manifest."""
    parts = scratch / name
    _copy("org.zaproxy.addon", name, version, parts, scratch)
    shared = {path.name for path in (made / "lib").iterdir()}
    ours = (f"zap-{CORE}", *(addon for addon, _, _ in ADDONS))
    libraries = [
        path
        for path in sorted(parts.iterdir())
        if path.name not in shared and not path.name.startswith((*ours, "log4j-api", "log4j-core"))
    ]
    target = made / "plugin" / f"{name}-{status}-{version}.zap"
    with (
        zipfile.ZipFile(parts / f"{name}-{version}.jar") as published,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for entry in published.infolist():
            content = published.read(entry)
            if entry.filename == "ZapAddOn.xml":
                content = _with_libraries(content, [path.name for path in libraries])
            archive.writestr(entry.filename, content)
        for path in libraries:
            archive.write(path, f"libs/{path.name}", zipfile.ZIP_STORED)


def _with_libraries(manifest: bytes, names: list[str]) -> bytes:
    root = ElementTree.fromstring(manifest)
    for old in root.findall("libs"):
        root.remove(old)
    listed = ElementTree.SubElement(root, "libs")
    for name in names:
        ElementTree.SubElement(listed, "lib").text = f"libs/{name}"
    return ElementTree.tostring(root)


def _copy(group: str, artifact: str, version: str, target: Path, scratch: Path) -> None:
    """Have Maven put an artifact and what it needs at run time into a folder."""
    pom = scratch / f"{artifact}.xml"
    pom.write_text(
        f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>servegate.tests</groupId><artifactId>assembly</artifactId><version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>
    </dependency>
  </dependencies>
</project>
""",
        encoding="utf-8",
    )
    argv = ["mvn", "-B", "-q", "-f", str(pom), _COPY, "-DincludeScope=runtime"]
    ended = subprocess.run(
        [*argv, f"-DoutputDirectory={target}"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if ended.returncode:
        said = [line for line in ended.stdout.splitlines() if "ERROR" in line]
        raise CannotAssemble(f"mvn could not fetch {artifact} {version}: {' '.join(said[:1])}")


if __name__ == "__main__":
    sys.stdout.write(f"{assembled()}\n")
