"""How a real ZAP is driven: start, key, scope, credential, proxy, scan states, alerts, end.

Every test here talks to a real ZAP: the one that ZAP_HOME names, or the core that `assemble.py`
puts together, which has no attack rules.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
import requests
from msgspec.structs import replace

from scanner.engines._endpoint.relay import Relay
from scanner.engines._endpoint.spec import Api, parse_spec
from scanner.engines._endpoint.target import Running
from scanner.engines._process import Service
from scanner.engines.dast.client import Client
from scanner.engines.dast.conversation import Call
from scanner.engines.dast.engine import Probes
from scanner.engines.zap.attack import (
    Collected,
    attack,
    await_passive,
    collect,
    follow,
    set_options,
    unfinished,
)
from scanner.engines.zap.client import ApiRefused, BoundedZap
from scanner.engines.zap.engine import outcome
from scanner.engines.zap.find import Daemon, Installed
from scanner.engines.zap.launch import Zap, await_ready, java_argv, running_zap
from scanner.engines.zap.options import ZapOptions
from scanner.engines.zap.proxying import await_probes
from scanner.engines.zap.session import Session, look, opened, start_environment
from scanner.model.errors import EngineError, TargetError, ToolCrashed, ToolTimeout, ToolUnreadable
from scanner.model.evidence import Proof
from scanner.model.outcome import Partial
from scanner.model.plan import DynamicTask, Target
from scanner.model.protocols import ScanContext
from scanner.model.severity import Confidence, Severity, Stage
from tests.zap.conftest import DOCUMENT, SECRET, Listener, target_of

pytestmark = pytest.mark.e2e
OPTIONS = ZapOptions(memory_mb=512)


def session_of(stack: ExitStack, zap: Zap, listener: Listener, *, named: bool = True) -> Session:
    """A session on the listener."""
    target = target_of(listener, with_identity=named)
    endpoint = Running(origin=listener.origin)
    return stack.enter_context(opened(zap, endpoint, target, api_of()))


def api_of() -> Api:
    """The listener's API."""
    return parse_spec(json.dumps(DOCUMENT), "openapi.json")


def alive(group: int) -> bool:
    """Whether any process of a group is there."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_it_tells_its_version_and_hides_its_key(real_zap: Zap) -> None:
    assert real_zap.version.startswith("2.")
    assert real_zap.service is not None
    line = Path(f"/proc/{real_zap.service.pid}/cmdline").read_bytes().decode()
    settings = real_zap.workdir / "settings"
    key = settings.read_text("utf-8").splitlines()[0].partition("=")[2]
    assert len(key) > 20
    assert key not in line
    assert settings.stat().st_mode & 0o077 == 0
    assert "-Xmx512m" in line
    assert str(real_zap.api.core.zap_home_path).startswith(str(real_zap.workdir))


def test_it_listens_on_loopback_alone(real_zap: Zap) -> None:
    port = int(real_zap.url.rpartition(":")[2])
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.2", port), 2):
        pass


def test_a_wrong_key_is_named(real_zap: Zap) -> None:
    with pytest.raises(ToolUnreadable, match="refused the API key"):
        _ = BoundedZap(real_zap.url, "not-the-key", 10).core.version


def test_an_error_is_not_taken_for_an_answer(real_zap: Zap) -> None:
    with pytest.raises(ApiRefused) as refused:
        real_zap.api.ascan.scan(url="http://127.0.0.1:9/never-seen")
    assert refused.value.code == "url_not_found"
    with pytest.raises(ApiRefused) as refused:
        real_zap.api.ascan.status("99")
    assert refused.value.code == "does_not_exist"


def test_a_running_one_is_used_and_left(
    real_zap: Zap, listener: Listener, context: ScanContext
) -> None:
    key = (real_zap.workdir / "settings").read_text("utf-8").splitlines()[0].partition("=")[2]
    options = replace(OPTIONS, url=real_zap.url, api_key=key)
    place = Daemon(url=real_zap.url)
    with running_zap(place, options, {}, context) as zap, ExitStack() as stack:
        session = session_of(stack, zap, listener, named=False)
        assert zap.version == real_zap.version
        assert session.shared
        look(session)
    assert real_zap.died() is None
    assert real_zap.api.context.context_list == []
    with (
        pytest.raises(ToolUnreadable, match="refused the API key"),
        running_zap(place, replace(options, api_key="other"), {}, context),
    ):
        pass


def test_it_opens_the_target_and_compares(real_zap: Zap, listener: Listener) -> None:
    with ExitStack() as stack:
        session = session_of(stack, real_zap, listener, named=False)
        look(session)
        assert listener.asked[-1][0] == "/health"
        # The same port is somebody else's on ZAP's side, or nobody's.
        session.origin = "http://127.0.0.1:9"
        with pytest.raises(TargetError, match=r"can't open http://127\.0\.0\.1:9/health"):
            look(session)


def test_something_else_on_its_side_is_noticed(
    real_zap: Zap, listener: Listener, stranger: Listener
) -> None:
    with ExitStack() as stack:
        session = session_of(stack, real_zap, listener, named=False)
        session.endpoint = Running(origin=stranger.origin)
        session.target = replace(session.target, ready="/health")
        look(session)
        session.endpoint = Running(origin="http://127.0.0.1:9")
        look(session)  # we get no answer ourselves: nothing to compare with


def test_the_scope_is_one_origin(real_zap: Zap, listener: Listener, stranger: Listener) -> None:
    with ExitStack() as stack:
        session = session_of(stack, real_zap, listener, named=False)
        api = real_zap.api
        api.core.access_url(f"{listener.origin}/v1/items/7", followredirects=False)
        api.core.access_url(f"{stranger.origin}/v1/items/7", followredirects=False)
        name = api.context.context_list[0]
        inside = api.context.urls(name)
        assert f"{listener.origin}/v1/items/7" in inside
        assert not [url for url in inside if url.startswith(stranger.origin)]
        assert api.core.mode == "protect"
        with pytest.raises(ApiRefused) as refused:
            api.ascan.scan(url=f"{stranger.origin}/v1/items/7")
        assert refused.value.code == "mode_violation"
        assert session.context_id.isdigit()
    assert real_zap.api.context.context_list == []


def test_it_is_a_proxy_for_what_others_send(real_zap: Zap, listener: Listener) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(
            f"{listener.origin}/v1/items", proxies={"http": real_zap.url}, timeout=10
        )
    assert answer.json() == {"ok": True}
    # What passes by is put into the tree after it was answered.
    end = time.monotonic() + 10
    while f"{listener.origin}/v1/items" not in (urls := real_zap.api.core.urls(listener.origin)):
        assert time.monotonic() < end, urls
        time.sleep(0.1)


def test_alerts_are_read_in_pages_and_become_findings(
    real_zap: Zap, listener: Listener, context: ScanContext
) -> None:
    api = real_zap.api
    with ExitStack() as stack:
        session = session_of(stack, real_zap, listener)
        seen = api.core.access_url(f"{listener.origin}/v1/items/7?q=1", followredirects=False)
        message = seen[-1]["id"]
        for number in range(7):
            api.alert.add_alert(
                messageid=message,
                name="SQL Injection",
                riskid=3,
                confidenceid=3,
                description="Values reach the query.",
                param=f"p{number}" if number else "7",
                attack="7 AND 1=1",
                evidence="rows",
                cweid=89,
            )
        api.alert.add_alert(
            messageid=message, name="None", riskid=3, confidenceid=0, description="not so"
        )
        set_options(session, OPTIONS)
        await_passive(session, context)
        for page in (1, 3, 200):
            collected = Collected()
            collect(session, collected, page=page)
            manual = [one for one in collected.alerts.values() if one.plugin == "-1"]
            # ZAP itself keeps what is marked as false positive to itself.
            assert len(manual) == 7, f"pages of {page}"
        ended = outcome(session, collected)
    mine = [one for one in ended.findings if one.rule_id == "dast/zap-sql-injection"]
    assert len(mine) == 7
    first = next(one for one in mine if str(one.location).endswith("(item_id)"))
    assert str(first.location) == "GET /v1/items/{item_id} (item_id)"
    assert (first.severity, first.confidence) == (Severity.CRITICAL, Confidence.FIRM)
    proof = first.evidence[0]
    assert isinstance(proof, Proof)
    assert proof.exchanges[0].request.url == f"{listener.origin}/v1/items/7?q=1"
    assert proof.exchanges[0].response is not None
    assert proof.exchanges[0].response.status == 200


def test_a_scan_is_followed_by_its_state(
    real_zap: Zap, listener: Listener, context: ScanContext
) -> None:
    """With attack rules it ends by its state; without, that is said and nothing is started."""
    with ExitStack() as stack:
        session = session_of(stack, real_zap, listener, named=False)
        real_zap.api.core.access_url(f"{listener.origin}/v1/items/7", followredirects=False)
        collected = Collected()
        attack(session, replace(OPTIONS, max_seconds=30), context, collected)
        if real_zap.api.ascan.scanners():
            assert collected.requests > 0
        else:
            assert [one.subject for one in session.gaps] == ["active scan"]
            scan = real_zap.api.ascan.scan(recurse=True, contextid=session.context_id)
            follow(session, scan, OPTIONS, context, collected)
            assert real_zap.api.ascan.status(scan) == "100"
            assert unfinished(real_zap.api.ascan.scan_progress(scan)) == []


def test_the_credential_goes_to_the_target(
    place: Installed, listener: Listener, stranger: Listener, context: ScanContext
) -> None:
    """By URL where ZAP can (the replacer add-on), else by host, which is said."""
    environ = start_environment(place, target_of(listener))
    with running_zap(place, OPTIONS, environ, context) as zap, ExitStack() as stack:
        session = session_of(stack, zap, listener)
        look(session)
        assert listener.asked[-1][1]["x-api-key"] == SECRET
        zap.api.core.access_url(f"{stranger.origin}/x", followredirects=False)
        leaked = "x-api-key" in stranger.asked[-1][1]
        assert leaked == any("whatever the port" in note for note in session.notes)
        assert leaked != place.has_addon("replacer")
        assert SECRET not in Path(f"/proc/{zap.service.pid}/cmdline").read_text()  # type: ignore[union-attr]


def test_nothing_is_left_after_the_end(place: Installed, context: ScanContext) -> None:
    with running_zap(place, OPTIONS, {}, context) as zap:
        assert zap.service is not None
        group, workdir, port = zap.service.pid, zap.workdir, int(zap.url.rpartition(":")[2])
    assert zap.service.exit_code() == 0
    assert not alive(group)
    assert not workdir.exists()
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), 2):
        pass


def test_a_killed_one_leaves_a_gap_and_what_it_had_said(
    place: Installed, listener: Listener, context: ScanContext
) -> None:
    with running_zap(place, OPTIONS, {}, context) as zap, ExitStack() as stack:
        session = session_of(stack, zap, listener, named=False)
        seen = zap.api.core.access_url(f"{listener.origin}/v1/items/7", followredirects=False)
        zap.api.alert.add_alert(
            messageid=seen[-1]["id"], name="Odd", riskid=2, confidenceid=2, description="d"
        )
        collected = Collected()
        collect(session, collected)
        assert zap.service is not None
        os.kill(zap.service.pid, signal.SIGKILL)
        with pytest.raises(ToolCrashed, match="ZAP does not answer"):
            attack(session, OPTIONS, context, collected)
        zap.service.wait(3)
        assert zap.died() == "was killed by signal 9"
        ended = outcome(session, collected)
    assert [one.rule_id for one in ended.findings] == ["dast/zap-odd"]
    assert not alive(zap.service.pid)


def test_a_taken_port_is_named(place: Installed, tmp_path: Path, context: ScanContext) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        (tmp_path / "settings").write_text("api.key=x\n")
        service = Service(
            java_argv(place, OPTIONS, tmp_path, port), cwd=place.home, environ=dict(os.environ)
        )
        try:
            with pytest.raises(ToolCrashed, match="its port is in use"):
                await_ready(BoundedZap(f"http://127.0.0.1:{port}", "x", 2), service, 40, context)
        finally:
            service.stop()


def test_one_that_never_gets_ready_is_ended(place: Installed, context: ScanContext) -> None:
    began = time.monotonic()
    with (
        pytest.raises(ToolTimeout, match=r"ZAP was not ready after 0\.5 s"),
        running_zap(place, replace(OPTIONS, start_timeout=0.5), {}, context),
    ):
        pass
    assert time.monotonic() - began < 15


def test_one_that_dies_at_its_start_says_why(
    place: Installed, tmp_path: Path, context: ScanContext
) -> None:
    broken = tmp_path / "zap-2.17.0.jar"
    broken.write_bytes(b"no archive")
    with (
        pytest.raises(ToolCrashed, match=r"exit code 1: .*jarfile"),
        running_zap(replace(place, jar=broken, home=tmp_path), OPTIONS, {}, context),
    ):
        pass


def test_an_interrupt_ends_it(place: Installed) -> None:
    cancelled = threading.Event()
    cancelled.set()
    quiet = ScanContext(progress=lambda _text: None, cancelled=cancelled)
    with pytest.raises(EngineError, match="interrupted"), running_zap(place, OPTIONS, {}, quiet):
        pass


def test_a_bare_one_says_what_it_lacks(
    real_zap: Zap, listener: Listener, context: ScanContext
) -> None:
    """Whatever add-ons are there, their lack is never silence."""
    with ExitStack() as stack:
        session = session_of(stack, real_zap, listener, named=False)
        set_options(session, OPTIONS)
        await_passive(session, context)
        ended = outcome(session, Collected())
    bare = not list(Path(real_zap.place.home / "plugin").glob("pscan*"))  # type: ignore[union-attr]
    assert bare == isinstance(ended, Partial)


def test_the_traffic_of_the_probes_passes_through_it(
    real_zap: Zap, listener: Listener, context: ScanContext, tmp_path: Path
) -> None:
    relay = Relay(expected=True)
    relay.offer(real_zap.url)
    task = DynamicTask(
        engine="probes",
        stage=Stage.DAST,
        root=tmp_path,
        target=replace(target_of(listener, with_identity=False), max_requests=40),
    )
    Probes(relay).scan(task, context)
    assert relay.await_finish(context.cancelled, 1) == listener.origin
    end = time.monotonic() + 10
    while f"{listener.origin}/v1/items" not in (urls := real_zap.api.core.urls(listener.origin)):
        assert time.monotonic() < end, urls
        time.sleep(0.1)
    with ExitStack() as stack:
        session = session_of(stack, real_zap, listener, named=False)
        session.origin, session.origins = "http://127.0.0.1:9", ("http://127.0.0.1:9",)
        await_probes(session, relay, context)
        assert session.origins == ("http://127.0.0.1:9", listener.origin)
        assert session.paths.ours(f"{listener.origin}/v1/items")


def test_what_the_proxy_says_is_not_the_endpoints_word(real_zap: Zap, context: ScanContext) -> None:
    target = Target(name="gone", url="http://127.0.0.1:9")
    client = Client(Running(origin=target.url), target, context.cancelled, real_zap.url)
    try:
        reply = client.send(Call(label="any", method="GET", path="/x"))
    finally:
        client.close()
    assert (reply.status, reply.fault) == (0, "no answer through the proxy")
