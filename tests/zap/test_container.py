"""ZAP in a container: its command line, and the whole flow with a fake client.

No container engine is at hand where these tests run: `FAKE` is a script that takes docker's words,
checks those that matter and runs the double in place of the image. What a real engine makes of the
command line is not tested here.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from scanner.engines.zap import Zap
from scanner.engines.zap.find import Container, search
from scanner.engines.zap.launch import container_argv, host_network_works
from scanner.engines.zap.options import IMAGE, ZapOptions
from scanner.engines.zap.session import seen_origin
from scanner.model.protocols import ScanContext
from tests.zap.conftest import ROOT, SECRET, Listener, target_of, task_of

FAKE = """#!{python}
import os, sys
words = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(" ".join(words) + "\\n")
if words[0] == "image":
    if {state!r} == "asleep":
        sys.stderr.write("Cannot connect to the Docker daemon\\n")
    elif {state!r} == "empty":
        sys.stderr.write("Error: No such image: any\\n")
    sys.exit(0 if {state!r} == "ready" else 1)
if words[0] == "run":
    mount = words[words.index("--volume") + 1].split(":")[0]
    inner = [word.replace("/zap/wrk", mount) for word in words[words.index("zap.sh") + 1:]]
    os.chdir({root!r})
    os.execv({python!r}, [{python!r}, "-m", "tests.zap.double", "--scenario", "good",
                          "--mount", mount, *inner])
"""


def fake(folder: Path, state: str, name: str = "docker") -> dict[str, str]:
    """An environment whose PATH has the fake alone; what it was told is in `told`."""
    folder.mkdir(exist_ok=True)
    log = folder / "told"
    script = folder / name
    script.write_text(FAKE.format(python=sys.executable, root=str(ROOT), log=str(log), state=state))
    script.chmod(0o755)
    return {"PATH": str(folder), "HOME": str(folder)}


def test_the_command_line_with_the_hosts_network() -> None:
    place = Container(tool=Path("/usr/bin/docker"), image=IMAGE)
    argv = container_argv(place, ZapOptions(), Path("/tmp/w"), 5001, "sg-1", host_network=True)
    text = " ".join(argv)
    assert text.startswith("/usr/bin/docker run --rm --pull=never --name sg-1 --network host ")
    assert f"--user {os.getuid()}:{os.getgid()}" in text
    assert "--volume /tmp/w:/zap/wrk:rw" in text
    assert f"{IMAGE} zap.sh -Xmx1024m -daemon -silent -host 127.0.0.1 -port 5001" in text
    assert "-configfile /zap/wrk/settings" in text
    assert "api.addrs" not in text
    assert "--publish" not in text


def test_the_command_line_with_a_gateway() -> None:
    """The port is published to loopback alone, and ZAP must answer the bridge's address."""
    place = Container(tool=Path("/usr/bin/podman"), image=IMAGE)
    argv = container_argv(place, ZapOptions(), Path("/tmp/w"), 5001, "sg-1", host_network=False)
    text = " ".join(argv)
    assert "--add-host host.docker.internal:host-gateway --publish 127.0.0.1:5001:5001" in text
    assert "--userns=keep-id" in text
    assert "-host 0.0.0.0 -port 5001" in text
    assert "api.addrs.addr.regex=true" in text
    assert "--network" not in text


def test_who_shares_the_hosts_network() -> None:
    assert host_network_works("Linux")
    assert not host_network_works("Darwin")


def test_the_origin_as_the_container_sees_it() -> None:
    place = Container(tool=Path("/usr/bin/docker"), image=IMAGE)
    expected = "http://127.0.0.1:80" if host_network_works() else "http://host.docker.internal:80"
    assert seen_origin(place, "http://127.0.0.1:80") == expected
    assert seen_origin(place, "http://10.0.0.1:80") == "http://10.0.0.1:80"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        ("asleep", "docker is here, but its engine does not answer"),
        ("empty", f"docker is here, the image is not: docker pull {IMAGE}"),
    ],
)
def test_a_client_alone_is_no_zap(tmp_path: Path, state: str, told: str) -> None:
    found = search(ZapOptions(), tmp_path / "scanned", fake(tmp_path / "bin", state))
    assert found.place is None
    assert told in found.trail
    assert found.trail[-1] == "servegate zap install fetches one"


def test_nothing_is_pulled(tmp_path: Path) -> None:
    search(ZapOptions(), tmp_path / "scanned", fake(tmp_path / "bin", "empty"))
    told = (tmp_path / "bin" / "told").read_text()
    assert told == f"image inspect --format {{{{.Id}}}} {IMAGE}\n"


def test_the_whole_flow_with_a_fake_client(
    tmp_path: Path, listener: Listener, context: ScanContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = fake(tmp_path / "bin", "ready")
    for name in ("ZAP_HOME", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found = search(ZapOptions(), tmp_path / "scanned")
    assert isinstance(found.place, Container)
    outcome = Zap(ZapOptions(start_timeout=20)).scan(
        task_of(target_of(listener), tmp_path / "scanned"), context
    )
    assert {one.rule_id for one in outcome.findings} >= {"dast/zap-40018-1"}
    told = (tmp_path / "bin" / "told").read_text().splitlines()
    name = told[-2].split("--name ")[1].split()[0]
    assert told[-1] == f"rm --force {name}"
    assert SECRET not in "\n".join(told)
