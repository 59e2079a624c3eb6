"""Fetching a release: from a server on this machine, checked before it is unpacked."""

from __future__ import annotations

import hashlib
import io
import tarfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from scanner.engines.zap.find import Installed, install_root, search
from scanner.engines.zap.install import Wanted, install, unpack, wanted
from scanner.engines.zap.options import ZapOptions
from scanner.model.errors import InputError

Serve = Callable[[bytes], str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Offers bytes for download; gives their URL."""
    offered: dict[str, bytes] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = offered.get(self.path)
            self.send_response(200 if content is not None else 404)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def offer(content: bytes) -> str:
        offered["/ZAP.archive"] = content
        return f"http://127.0.0.1:{server.server_port}/ZAP.archive"

    yield offer
    server.shutdown()
    server.server_close()
    thread.join()


def zipped(*names: str) -> bytes:
    """A zip archive of files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, f"content of {name}")
    return made.getvalue()


def tarred(*members: tarfile.TarInfo | str) -> bytes:
    """A compressed tar archive of files, or of members of any kind."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for member in members:
            info = tarfile.TarInfo(member) if isinstance(member, str) else member
            content = b"content" if info.isreg() else b""
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return made.getvalue()


def release(url: str, content: bytes) -> Wanted:
    """A release that is what it says."""
    return Wanted(version="9.9.9", url=url, sha256=hashlib.sha256(content).hexdigest())


@pytest.mark.parametrize(
    "content",
    [
        zipped("ZAP_9.9.9/zap-9.9.9.jar", "ZAP_9.9.9/lib/a.jar"),
        tarred("ZAP_9.9.9/zap-9.9.9.jar", "ZAP_9.9.9/lib/a.jar"),
    ],
    ids=["zip", "tar"],
)
def test_a_release_is_fetched_and_found(
    serve: Serve, content: bytes, tmp_path: Path, place: Installed
) -> None:
    root = install_root({"XDG_DATA_HOME": str(tmp_path)})
    home = install(release(serve(content), content), root, lambda _text: None)
    assert home == root / "ZAP_9.9.9"
    assert (home / "lib" / "a.jar").is_file()
    assert [path.name for path in root.iterdir()] == ["ZAP_9.9.9"]
    environ = {"XDG_DATA_HOME": str(tmp_path), "JAVA_HOME": str(place.java.parents[1]), "PATH": ""}
    found = search(ZapOptions(container=False), tmp_path / "scanned", environ).place
    assert isinstance(found, Installed)
    assert (found.home, found.version) == (home.resolve(), "9.9.9")


def test_a_wrong_checksum_unpacks_nothing(serve: Serve, tmp_path: Path) -> None:
    content = zipped("ZAP/zap-9.9.9.jar")
    bad = Wanted(version="9.9.9", url=serve(content), sha256="0" * 64)
    with pytest.raises(InputError, match=r"is not the release: .*nothing was unpacked"):
        install(bad, tmp_path / "root", lambda _text: None)
    assert list((tmp_path / "root").iterdir()) == []


def test_an_archive_without_zap_is_refused(serve: Serve, tmp_path: Path) -> None:
    content = zipped("readme.txt")
    with pytest.raises(InputError, match="holds no ZAP"):
        install(release(serve(content), content), tmp_path, lambda _text: None)
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_there_is_said(serve: Serve, tmp_path: Path) -> None:
    url = serve(b"").replace("ZAP.archive", "other")
    with pytest.raises(InputError, match="answered 404"):
        install(release(url, b""), tmp_path, lambda _text: None)
    with pytest.raises(InputError, match="can't be fetched: the connection failed"):
        install(release("http://127.0.0.1:9/x", b""), tmp_path, lambda _text: None)


def test_an_installed_one_is_not_overwritten(serve: Serve, tmp_path: Path) -> None:
    content = zipped("ZAP/zap-9.9.9.jar")
    (tmp_path / "ZAP_9.9.9").mkdir()
    with pytest.raises(InputError, match="exists already"):
        install(release(serve(content), content), tmp_path, lambda _text: None)


def _link(name: str, to: str, kind: bytes) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


@pytest.mark.parametrize(
    "content",
    [
        zipped("ZAP/zap-1.jar", "../out"),
        zipped("/etc/out"),
        zipped("ZAP/../../out"),
        zipped("ZAP\\..\\out"),
        tarred("../out"),
        tarred("/tmp/out"),
        tarred(_link("ZAP/link", "/etc", tarfile.SYMTYPE), "ZAP/link/out"),
        tarred(_link("ZAP/hard", "../../out", tarfile.LNKTYPE)),
        tarred(_link("ZAP/device", "", tarfile.CHRTYPE)),
    ],
    ids=[
        "up",
        "absolute",
        "winding",
        "backslash",
        "tar-up",
        "tar-absolute",
        "link",
        "hard",
        "device",
    ],
)
def test_nothing_leaves_the_folder(content: bytes, tmp_path: Path) -> None:
    archive, target = tmp_path / "archive", tmp_path / "deep" / "target"
    archive.write_bytes(content)
    target.mkdir(parents=True)
    with pytest.raises(InputError, match="the archive holds"):
        unpack(archive, target)
    outside = {path for path in tmp_path.rglob("*") if not path.is_relative_to(target)}
    assert outside == {archive, target.parent}


def test_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    info = zipfile.ZipInfo("ZAP/link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "archive", "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(InputError, match="no plain file"):
        unpack(tmp_path / "archive", tmp_path)


def test_what_is_no_archive_is_said(tmp_path: Path) -> None:
    (tmp_path / "archive").write_bytes(b"<html>sign in</html>")
    with pytest.raises(InputError, match="neither a zip nor a tar"):
        unpack(tmp_path / "archive", tmp_path)


def test_our_table_has_what_it_needs() -> None:
    chosen = wanted(None, None, None)
    assert chosen.url.startswith("https://github.com/zaproxy/zaproxy/releases/download/")
    assert chosen.version in chosen.url
    override = wanted(None, "http://127.0.0.1:1/mirror.zip", None)
    assert (override.url, override.sha256) == ("http://127.0.0.1:1/mirror.zip", chosen.sha256)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("2.0.0", None, None), "not in our table"),
        (("2.0.0", "http://127.0.0.1/x", None), "not in our table"),
        ((None, None, "abc"), "64 hexadecimal digits"),
        ((None, "file:///etc/passwd", None), r"not an http\(s\) URL"),
        (("../up", None, None), "not a version"),
    ],
)
def test_what_cannot_be_checked_is_refused(
    arguments: tuple[str | None, str | None, str | None], told: str
) -> None:
    with pytest.raises(InputError, match=told):
        wanted(*arguments)
