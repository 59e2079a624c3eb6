"""`servegate zap install` and `servegate zap plan`."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from scanner.cli.output import write_text
from scanner.cli.text import plain
from scanner.config import Overrides, Settings, find_config, load_settings
from scanner.engines._endpoint.document import SPEC_MEDIA, find_specification
from scanner.engines._endpoint.knock import Fetched, fetch
from scanner.engines._endpoint.spec import Api
from scanner.engines._endpoint.target import Running
from scanner.engines.zap.automation import Caller, automation_plan
from scanner.engines.zap.document import asked, document_text
from scanner.engines.zap.find import install_root
from scanner.engines.zap.install import install, wanted
from scanner.engines.zap.tables import policy
from scanner.model.errors import ConfigError, InputError, TargetError
from scanner.model.plan import Target
from scanner.sections import EndpointSection, IdentitySection

_REPORT = "zap-report.json"
_MAX_DOCUMENT = 20_000_000


def run_install(version: str | None, url: str | None, sha256: str | None, root: Path | None) -> int:
    """Fetch, check and unpack a release. Raises `InputError`."""

    def say(text: str) -> None:
        sys.stderr.write(f"{text}\n")

    release = wanted(version, url, sha256)
    say(plain(f"fetching {release.url}"))
    home = install(release, root or install_root(), say)
    sys.stdout.write(plain(f"ZAP {release.version} is in {home}") + "\n")
    if root is not None:
        sys.stdout.write(plain(f"Set ZAP_HOME={home} or [zap] home to use it.") + "\n")
    return 0


def run_plan(path: Path, config: Path | None, url: str | None, spec: str | None, out: Path) -> int:
    """Write the plan, and beside it the document that it imports. Raises `ServegateError`."""
    found = config or find_config(path)[0]
    endpoint: dict[str, object] = {"spec": spec} if spec else {}
    overrides: Overrides = {"endpoint": {**endpoint, "url": url} if url else endpoint}
    settings = load_settings(found, overrides)
    section = settings.endpoint or EndpointSection()
    address = url or section.url
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError("give --url: where ZAP will find the endpoint (http://host:port)")
    origin, prefix = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    base = found.parent if found and not spec else Path()
    api = _specification(section, origin, prefix, base)
    document = out.with_name(f"{out.stem}.openapi.json")
    write_text(document, document_text(api, asked(api), origin, prefix))
    write_text(out, _text(settings, section, origin, document))
    sys.stdout.write(plain(f"Wrote {out} and {document}.") + "\n")
    sys.stdout.write(plain(f"Run: zap.sh -cmd -autorun {out.resolve()}") + "\n")
    sys.stdout.write(f"Then: servegate import zap {_REPORT}\n")
    return 0


def _text(settings: Settings, section: EndpointSection, origin: str, document: Path) -> str:
    plan = automation_plan(
        origin=origin,
        document=str(document.resolve()),
        caller=_caller(section.identities),
        policy=policy(),
        max_minutes=max(1, round(settings.zap.max_minutes)),
        report=_REPORT,
    )
    return str(yaml.safe_dump(plan, sort_keys=False, allow_unicode=True))


def _caller(identities: tuple[IdentitySection, ...]) -> Caller | None:
    if not identities:
        return None
    first = identities[0]
    return Caller(
        name=first.name, header=first.header, prefix=first.prefix, variable=first.value_env
    )


def _specification(section: EndpointSection, origin: str, prefix: str, base: Path) -> Api:
    """Our own reading of the specification, from a file or from the running endpoint."""
    target = Target(name=section.name, url=origin, spec=section.spec, cwd=base / section.cwd)

    def get(path: str) -> Fetched:
        return fetch(origin, path, {"Accept": SPEC_MEDIA}, timeout=10, limit=_MAX_DOCUMENT)

    try:
        return find_specification(target, Running(origin=origin, prefix=prefix), get).api
    except TargetError as error:
        raise InputError(str(error)) from error
