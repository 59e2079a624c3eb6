"""Merges file and flags into one frozen `Settings`; unknown keys are refused."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from scanner.assets import rules_dir
from scanner.model.decision import GatePolicy
from scanner.model.documents import Document, DocumentFault, read_document, read_toml
from scanner.model.errors import ConfigError
from scanner.model.severity import Severity
from scanner.sections import (
    BasicSection,
    ChatSection,
    EndpointSection,
    GateSection,
    IacSection,
    IdentitySection,
    LlmSection,
    OAuth2Section,
    OneOfSeveral,
    RecipeSection,
    ReportSection,
    RotationSection,
    ScanSection,
    ZapSection,
)

CONFIG_NAME = "servegate.toml"
# What several endpoints have in common: the files that belong to none of them.
WHOLE = "repository"
Overrides = Mapping[str, Mapping[str, object]]
_Table = TypeVar("_Table")


# What a policy says nothing of: it is about judging, not about a project.
_NOT_IN_A_POLICY = ("policy", "waivers", "baseline")


class Settings(Document):
    """Everything that can be configured. `source` is the file it came from, if any."""

    scan: ScanSection = ScanSection()
    gate: GateSection = GateSection()
    iac: IacSection = IacSection()
    endpoint: EndpointSection | None = None
    endpoints: tuple[OneOfSeveral, ...] = ()
    zap: ZapSection = ZapSection()
    rotation: RotationSection | None = None
    report: ReportSection = ReportSection()

    def policy(self) -> GatePolicy:
        """The gate's part, as the value that travels with the scan."""
        return GatePolicy(
            fail_on=self.gate.fail_on,
            required=self.gate.required,
            allow_missing=self.gate.allow_missing,
            allow_gaps=self.gate.allow_gaps,
            forbid_inline=self.gate.forbid_inline_suppressions,
            block_known=self.gate.block_known,
            observe=self.gate.observe,
            waiver_days=self.gate.waiver_days,
            waiver_severity=self.gate.waiver_severity,
            name=self.gate.policy,
        )


def load_settings(path: Path | None, overrides: Overrides, endpoint: str = "") -> Settings:
    """Read the file, lay the flags over it, and check the whole.

    Of several endpoints the one named `endpoint` becomes the `endpoint` of the settings.
    Raises `ConfigError`, one line that names the file and the key.
    """
    where = str(path) if path else "the flags"
    raw: dict[str, Any] = _read(path) if path else {}
    _choose(raw, where, overrides, endpoint)
    _lay_policy(raw, path, overrides)
    for section, values in overrides.items():
        if not values:
            continue
        below = raw.setdefault(section, {})
        if not isinstance(below, dict):
            raise ConfigError(f"{where}: {section} must be a table ([{section}])")
        below.update(values)
    return _checked(Settings, {**raw, "gate": _levels(raw.get("gate", {}), where)}, where)


def _checked(table: type[_Table], raw: object, where: str, below: str = "") -> _Table:
    """The table that `raw` makes, which stands at `below`. Raises `ConfigError`."""
    try:
        return read_document(table, raw)
    except DocumentFault as fault:
        raise ConfigError(f"{where}: {_told(fault, below)}") from None


def _levels(gate: object, where: str) -> object:
    """The section `[gate]` with its words for severities as such. Raises `ConfigError`."""
    if not isinstance(gate, dict):
        return gate
    read = dict(gate)
    for key in ("fail_on", "waiver_severity"):
        if key not in gate:
            continue
        word = str(gate[key])
        try:
            none = key == "waiver_severity" and word.strip().lower() == "none"
            read[key] = None if none else Severity.parse(word)
        except ValueError as error:
            raise ConfigError(f"{where}: gate.{key}: {error}") from None
    return read


def _choose(raw: dict[str, Any], where: str, overrides: Overrides, name: str) -> None:
    """Make one of several `[[endpoint]]` the endpoint, and keep the list of them all."""
    if "endpoints" in raw:
        raise ConfigError(f"{where}: unknown key endpoints (did you mean [[endpoint]]?)")
    entries = raw.get("endpoint")
    if not isinstance(entries, list):
        if name:
            raise ConfigError(f"--endpoint {name}: {where} has no [[endpoint]]")
        return
    raw["endpoints"] = raw.pop("endpoint")
    several = [_checked(OneOfSeveral, entry, where, "[[endpoint]]") for entry in entries]
    names = [one.name for one in several]
    twice = next((one for one in names if names.count(one) > 1), None)
    if twice or WHOLE in names:
        why = f"two are called {twice!r}" if twice else f"none may be called {WHOLE!r}"
        raise ConfigError(f"{where}: [[endpoint]]: {why}")
    if not name:
        if any(value is not None for value in overrides.get("endpoint", {}).values()):
            raise ConfigError(f"{where} has several endpoints; --endpoint says which one is meant")
        return
    if name not in names:
        raise ConfigError(f"--endpoint: {name!r} is none of {', '.join(names)}")
    chosen = dict(entries[names.index(name)])
    chosen.pop("also", None)
    path = chosen.pop("path")
    raw["endpoint"] = {"cwd": path, **chosen}


def policy_names() -> tuple[str, ...]:
    """The presets."""
    return tuple(sorted(path.stem for path in (rules_dir() / "policies").glob("*.toml")))


def _lay_policy(raw: dict[str, Any], path: Path | None, overrides: Overrides) -> None:
    """Put the values of the named policy into `[gate]`.

    One that the file names gives way to the file; one that a flag names outweighs it, so that a
    repository can't soften what its pipeline asks for.
    """
    gate = raw.get("gate", {})
    flag = overrides.get("gate", {}).get("policy")
    named = flag or (gate.get("policy") if isinstance(gate, dict) else None)
    if not named or not isinstance(named, str) or not isinstance(gate, dict):
        return
    base = path.parent if path and not flag else Path()
    values = _policy_values(named, base)
    raw["gate"] = {**gate, **values} if flag else {**values, **gate}


def _policy_values(named: str, base: Path) -> dict[str, Any]:
    """The `[gate]` of a preset or of a policy file. Raises `ConfigError`."""
    own = "/" in named or named.endswith(".toml")
    if not own and named not in policy_names():
        from difflib import get_close_matches

        near = get_close_matches(named, policy_names(), 1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise ConfigError(
            f"policy {named!r} is none of {', '.join(policy_names())}, and no .toml file{meant}"
        )
    file = base / named if own else rules_dir() / "policies" / f"{named}.toml"
    raw = _read(file)
    values = raw.get("gate", {})
    unknown = [key for key in raw if key not in ("title", "gate")]
    if unknown or not isinstance(values, dict):
        raise ConfigError(f"{file}: a policy has title and [gate], not {unknown or 'this'}")
    wrong = [key for key in values if key in _NOT_IN_A_POLICY]
    if wrong:
        raise ConfigError(f"{file}: gate.{wrong[0]} belongs into servegate.toml, not into a policy")
    _checked(GateSection, _levels(values, str(file)), str(file), "gate")
    return values


def _read(path: Path) -> dict[str, Any]:
    try:
        return read_toml(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: can't be read: {error}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error


def _told(fault: DocumentFault, below: str) -> str:
    """The fault in one line, with the key that was probably meant."""
    place = (below, *fault.place) if below else fault.place
    key = ".".join(map(str, place))
    if fault.unknown:
        from difflib import get_close_matches

        meant = get_close_matches(str(place[-1]), _known_keys(place[:-1]), 1)
        return f"unknown key {key}" + (f" (did you mean {meant[0]}?)" if meant else "")
    return f"{key}: {fault.told}"


def _known_keys(place: tuple[int | str, ...]) -> list[str]:
    tables: dict[str, type[Document]] = {
        "": Settings,
        "scan": ScanSection,
        "gate": GateSection,
        "iac": IacSection,
        "endpoint": EndpointSection,
        "[[endpoint]]": OneOfSeveral,
        "endpoint.identities": IdentitySection,
        "zap": ZapSection,
        "rotation": RotationSection,
        "endpoint.llm": LlmSection,
        "endpoint.llm.chats": ChatSection,
        "endpoint.identities.login": RecipeSection,
        "endpoint.identities.register": RecipeSection,
        "endpoint.identities.oauth2": OAuth2Section,
        "endpoint.identities.basic": BasicSection,
        "report": ReportSection,
    }
    name = ".".join(str(part) for part in place if not isinstance(part, int))
    table = tables.get(name) or tables.get(name.replace("[[endpoint]]", "endpoint"))
    return list(table.__struct_encode_fields__) if table else []


def find_config(
    path: Path, cwd: Path | None = None, name: str = CONFIG_NAME
) -> tuple[Path | None, str]:
    """The configuration of a scanned path, and a note where one was found and not used.

    A file is used by itself only when it lies inside the working folder: it names a command to
    run, and scanning a stranger's folder must not run what the stranger wrote there.
    """
    here = (cwd or Path(os.curdir)).resolve()
    folder = path.resolve() if path.is_dir() else path.resolve().parent
    candidate = folder / name
    if candidate.is_file():
        if folder.is_relative_to(here):
            return candidate, ""
        return None, (
            f"{name} in the scanned folder was not used, for it lies outside the working "
            f"folder; {'--config' if name == CONFIG_NAME else '--waivers'} uses it"
        )
    own = here / name
    if folder.is_relative_to(here) and own.is_file():
        return own, ""
    return None, ""
