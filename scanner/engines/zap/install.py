"""Fetches an official ZAP release, checks it, and only then unpacks it.

The archive's SHA-256 is known before the download starts, from `rules/zap/releases.toml` or from
the user. Unpacking refuses whatever would leave the folder: absolute names, `..`, links, devices.
"""

from __future__ import annotations

import hashlib
import re
import stat
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Annotated

import requests
from msgspec import Meta

from scanner.engines._endpoint.session import fault_text
from scanner.engines._tables import read_table
from scanner.model.documents import Document, DocumentFault, read_document
from scanner.model.errors import AssetError, InputError
from scanner.model.values import Value

MAX_ARCHIVE = 1_000_000_000
MAX_UNPACKED = 3_000_000_000
_MAX_FILES = 50_000
_CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")


class _Release(Document):
    url: str
    sha256: Annotated[str, Meta(pattern=rf"^{_SHA256.pattern}\Z")]


class _Releases(Document):
    default: str
    releases: dict[str, _Release]


class Wanted(Value, kw_only=True):
    """A release to fetch: its version, where it is, and what its file must hash to."""

    version: str
    url: str
    sha256: str


def wanted(version: str | None, url: str | None, sha256: str | None) -> Wanted:
    """What the user asked for, completed from our table.

    Raises `InputError` for a version that we have no checksum of, or a checksum that is none.
    """
    try:
        table = read_document(_Releases, read_table("zap/releases.toml"))
    except DocumentFault as fault:
        raise AssetError(f"rules/zap/releases.toml: {fault}") from fault
    version = version or table.default
    if not re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z.-]{0,30}", version):
        raise InputError(f"{version!r} is not a version")
    known = table.releases.get(version)
    digest = (sha256 or (known.sha256 if known else "")).lower()
    address = url or (known.url if known else "")
    if not digest or not address:
        raise InputError(
            f"ZAP {version} is not in our table ({', '.join(table.releases)}): give --url and "
            "--sha256, from the release's page"
        )
    if not _SHA256.fullmatch(digest):
        raise InputError("--sha256 takes 64 hexadecimal digits")
    if not re.match(r"https?://[^\s\[\]]+$", address):
        raise InputError(f"{address!r} is not an http(s) URL")
    return Wanted(version=version, url=address, sha256=digest)


def install(release: Wanted, root: Path, progress: Callable[[str], None]) -> Path:
    """Fetch, check, unpack to `root/ZAP_<version>`; the folder that holds ZAP's jar.

    Nothing is there unless all of it went well. Raises `InputError`.
    """
    target = root / f"ZAP_{release.version}"
    if target.exists():
        raise InputError(f"{target} exists already; remove it to install anew")
    root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=root, prefix=".fetch-") as scratch:
        archive = Path(scratch) / "archive"
        _download(release, archive, progress)
        progress("unpacking")
        unpacked = Path(scratch) / "unpacked"
        unpacked.mkdir()
        unpack(archive, unpacked)
        home = _home(unpacked)
        if home is None:
            raise InputError(f"{release.url} holds no ZAP: no zap-<version>.jar in it")
        home.rename(target)
    return target


def _download(release: Wanted, archive: Path, progress: Callable[[str], None]) -> None:
    digest = hashlib.sha256()
    size, told = 0, time.monotonic()
    try:
        with (
            requests.get(release.url, stream=True, timeout=(15, 60)) as response,
            archive.open("wb") as file,
        ):
            if response.status_code != 200:
                raise InputError(f"{release.url} answered {response.status_code}")
            for chunk in response.iter_content(_CHUNK):
                size += len(chunk)
                if size > MAX_ARCHIVE:
                    raise InputError(f"{release.url} is larger than any release of ZAP")
                digest.update(chunk)
                file.write(chunk)
                if time.monotonic() - told > 2:
                    told = time.monotonic()
                    progress(f"{size >> 20} MiB fetched")
    except requests.RequestException as error:
        raise InputError(f"{release.url} can't be fetched: {fault_text(error)}") from error
    found = digest.hexdigest()
    if found != release.sha256:
        raise InputError(
            f"{release.url} is not the release: its SHA-256 is {found}, expected {release.sha256}; "
            "nothing was unpacked"
        )


def unpack(archive: Path, target: Path) -> None:
    """Unpack a zip or tar archive into an empty folder. Raises `InputError`."""
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as zipped:
                _write_all(_zip_members(zipped), target)
        elif tarfile.is_tarfile(archive):
            with tarfile.open(archive) as tarred:
                _write_all(_tar_members(tarred), target)
        else:
            raise InputError("the archive is neither a zip nor a tar file")
    except (OSError, zipfile.BadZipFile, tarfile.TarError, EOFError) as error:
        raise InputError(f"the archive can't be unpacked: {error}") from error


class _Member(Value):
    """A file of an archive; folders follow from names."""

    name: str
    size: int
    executable: bool
    open: Callable[[], IO[bytes] | None]


def _zip_members(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for info in archive.infolist():
        mode = info.external_attr >> 16
        if info.is_dir():
            continue
        if mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG):
            raise InputError(f"the archive holds {info.filename!r}, which is no plain file")
        runs = bool(mode & 0o100)
        yield _Member(info.filename, info.file_size, runs, partial(archive.open, info))


def _tar_members(archive: tarfile.TarFile) -> Iterator[_Member]:
    for info in archive:
        if info.isdir():
            continue
        if not info.isreg():
            raise InputError(f"the archive holds {info.name!r}, which is no plain file")
        runs = bool(info.mode & 0o100)
        yield _Member(info.name, info.size, runs, partial(archive.extractfile, info))


def _write_all(members: Iterator[_Member], target: Path) -> None:
    root = target.resolve()
    total = 0
    for number, member in enumerate(members, start=1):
        total += member.size
        if number > _MAX_FILES or total > MAX_UNPACKED:
            raise InputError("the archive holds more than any release of ZAP")
        path = _inside(root, member.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        source = member.open()
        if source is None:
            raise InputError(f"the archive's {member.name!r} can't be read")
        with source, path.open("xb") as file:
            _copy(source, file, member)
        path.chmod(0o755 if member.executable else 0o644)


def _copy(source: IO[bytes], file: IO[bytes], member: _Member) -> None:
    """As much as was announced: a member may lie about its size."""
    left = member.size
    while chunk := source.read(min(_CHUNK, left + 1)):
        left -= len(chunk)
        if left < 0:
            raise InputError(f"the archive's {member.name!r} is larger than it says")
        file.write(chunk)


def _inside(root: Path, name: str) -> Path:
    """Where a member goes. Raises `InputError` for a name that leads out of the folder."""
    plain = PurePosixPath(name)
    odd = "\\" in name or "\0" in name or not plain.parts
    bad = odd or plain.is_absolute() or ".." in plain.parts
    if bad or (root / plain).resolve() != root.joinpath(*plain.parts):
        raise InputError(f"the archive holds {name!r}, a name that leads out of its folder")
    return root.joinpath(*plain.parts)


def _home(unpacked: Path) -> Path | None:
    """The folder with ZAP's jar: the archive's only folder, or the archive itself."""
    for folder in (unpacked, *sorted(one for one in unpacked.iterdir() if one.is_dir())):
        if any(folder.glob("zap-*.jar")):
            return folder
    return None
