"""AWS Secrets Manager: versions by staging label, the record in a tag of the secret.

`AWSCURRENT`, `AWSPENDING` and `AWSPREVIOUS` are the labels that every client of the service knows.
Moving `AWSCURRENT` is one call that the service carries out whole, and moves `AWSPREVIOUS` with it.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar

from scanner.rotation.history import since_when
from scanner.rotation.model import (
    LibraryMissing,
    Observation,
    Record,
    Secret,
    StoreError,
    ValueGone,
    Version,
)
from scanner.rotation.ports import History, Schedule

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"
RECORD_TAG = "servegate:rotation"
_TIMEOUT = 10
_MOST_VERSIONS = 30
# Where credentials may come from: this process's environment and the user's files. The rest of the
# chain asks other hosts (instance metadata, STS, SSO) or starts a program.
_LOCAL_CREDENTIALS = ("env", "shared-credentials-file", "config-file")
_T = TypeVar("_T")


class AwsStore:
    """One secret. `field` names the key's member where the value is a JSON object."""

    def __init__(self, client: Any, secret_id: str, field: str = "") -> None:  # noqa: ANN401
        self._client = client
        self._id = secret_id
        self._field = field

    @property
    def name(self) -> str:
        """The manager's name and the key's."""
        return f"aws:{self._id}"

    def observe(self) -> Observation:
        """Which versions bear which label."""
        versions = self._versions()

        def labelled(label: str) -> tuple[Version, ...]:
            return tuple(
                Version(id=row["VersionId"], created=_utc(row["CreatedDate"]))
                for row in versions
                if label in row.get("VersionStages", ())
            )

        return Observation(
            current=labelled(CURRENT),
            pending=labelled(PENDING),
            previous=labelled(PREVIOUS),
            record=self._record(),
        )

    def read(self, version: str) -> Secret:
        """The value of one version, or the key's member of it."""
        return Secret(self._key_of(self._value(version)["SecretString"]))

    def create_pending(self, secret: Secret, current: str) -> None:
        """Put a version with the pending label; the other members of a JSON value are kept."""
        # Who may not write the tag is to learn it now, and not with a promotion behind them.
        record = self._record()
        self._tag(write_record(record) if record else "state=begun")
        text = secret.reveal()
        if self._field:
            members = self._members(self._value(current)["SecretString"])
            text = json.dumps({**members, self._field: text})
        self._call(
            lambda: self._client.put_secret_value(
                SecretId=self._id,
                ClientRequestToken=str(uuid.uuid4()),
                SecretString=text,
                VersionStages=[PENDING],
            )
        )

    def promote(self, pending: str, current: str) -> None:
        """Move the current label; the service refuses where `current` no longer has it."""
        self._move(CURRENT, to=pending, of=current)

    def note(self, record: Record) -> None:
        """Keep the record in a tag."""
        self._tag(write_record(record))

    def clear_pending(self, pending: str) -> None:
        """Take the pending label off."""
        self._remove(PENDING, pending)

    def revoke(self, previous: str) -> None:
        """Take the previous label off; a version without a label is no longer in use."""
        self._remove(PREVIOUS, previous)

    def schedule(self) -> Schedule:
        """What `describe_secret` says of rotation."""
        said = self._call(lambda: self._client.describe_secret(SecretId=self._id))
        rules = said.get("RotationRules") or {}
        enabled = bool(said.get("RotationEnabled"))
        told = [f"RotationEnabled: {str(enabled).lower()}"]
        if enabled and not said.get("RotationLambdaARN") and not said.get("OwningService"):
            enabled = False
            told.append("RotationLambdaARN: none, so that nothing carries it out")
        names = ("AutomaticallyAfterDays", "ScheduleExpression")
        told += [f"{name}: {rules[name]}" for name in names if rules.get(name)]
        if said.get("LastRotatedDate"):
            told.append(f"LastRotatedDate: {_utc(said['LastRotatedDate']):%Y-%m-%d %H:%M} UTC")
        days = rules.get("AutomaticallyAfterDays") or _days_of(rules.get("ScheduleExpression", ""))
        return Schedule(enabled=enabled, days=float(days), told=tuple(told))

    def history(self) -> History:
        """How old the current value is; each version tells its own making when it is read."""
        rows = self._versions(deprecated=True)
        current = next((row["VersionId"] for row in rows if CURRENT in row["VersionStages"]), None)
        if current is None:
            raise StoreError(f"{self.name}: no version is labelled {CURRENT}")
        said = self._value(current)
        older: list[tuple[str | None, datetime]] = []
        for row in rows:
            if row["VersionId"] != current and PENDING not in row["VersionStages"]:
                try:
                    one = self._value(row["VersionId"])
                except ValueGone:
                    older.append((None, _utc(row["CreatedDate"])))
                else:
                    older.append((self._member(one["SecretString"]), _utc(one["CreatedDate"])))
        return since_when(
            (self._member(said["SecretString"]), _utc(said["CreatedDate"])),
            older,
            whole=len(rows) < _MOST_VERSIONS,
        )

    def _versions(self, *, deprecated: bool = False) -> list[dict[str, Any]]:
        """The versions; those without a label (`deprecated`) only as far as the newest few."""
        rows: list[dict[str, Any]] = []
        token = ""
        while True:
            more = {"NextToken": token} if token else {}
            page = self._call(
                lambda more=more: self._client.list_secret_version_ids(  # type: ignore[misc]
                    SecretId=self._id, IncludeDeprecated=deprecated, **more
                )
            )
            rows += page.get("Versions", ())
            token = page.get("NextToken", "")
            if not token:
                break
        for row in rows:
            row.setdefault("VersionStages", [])
        rows.sort(key=lambda row: _utc(row["CreatedDate"]), reverse=True)
        return rows[:_MOST_VERSIONS] if deprecated else rows

    def _tag(self, text: str) -> None:
        tag = {"Key": RECORD_TAG, "Value": text}
        self._call(lambda: self._client.tag_resource(SecretId=self._id, Tags=[tag]))

    def _record(self) -> Record | None:
        said = self._call(lambda: self._client.describe_secret(SecretId=self._id))
        for tag in said.get("Tags") or ():
            if tag.get("Key") == RECORD_TAG:
                return read_record(tag.get("Value", ""))
        return None

    def _value(self, version: str) -> Mapping[str, Any]:
        said: Mapping[str, Any] = self._call(
            lambda: self._client.get_secret_value(SecretId=self._id, VersionId=version)
        )
        if not said.get("SecretString"):
            raise ValueGone(f"{self.name}: version {version[:8]} holds no text")
        return said

    def _key_of(self, text: str) -> str:
        if not self._field:
            return text
        key = self._members(text).get(self._field)
        if not isinstance(key, str) or not key:
            raise StoreError(f"{self.name}: the value has no text member {self._field!r}")
        return key

    def _member(self, text: str) -> str:
        """The key in a value; empty where there is none, which is no key of ours."""
        try:
            return self._key_of(text)
        except StoreError:
            return ""

    def _members(self, text: str) -> dict[str, Any]:
        try:
            members = json.loads(text)
        except ValueError:
            members = None
        if not isinstance(members, dict):
            raise StoreError(f"{self.name}: `field` is set, and the value is no JSON object")
        return members

    def _move(self, label: str, *, to: str, of: str) -> None:
        self._call(
            lambda: self._client.update_secret_version_stage(
                SecretId=self._id, VersionStage=label, MoveToVersionId=to, RemoveFromVersionId=of
            )
        )

    def _remove(self, label: str, version: str) -> None:
        bearing = [row for row in self._versions() if row["VersionId"] == version]
        if bearing and label in bearing[0]["VersionStages"]:
            self._call(
                lambda: self._client.update_secret_version_stage(
                    SecretId=self._id, VersionStage=label, RemoveFromVersionId=version
                )
            )

    def _call(self, call: Callable[[], _T]) -> _T:
        """One call; what the library raises may quote what was sent, and goes no further."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call()
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "unknown"))[:80]
            operation = error.operation_name
        except BotoCoreError as error:
            code, operation = type(error).__name__, "the call"
        if code == "ResourceNotFoundException" and operation == "GetSecretValue":
            raise ValueGone(f"{self.name}: there is no such value")
        raise StoreError(f"{self.name}: {operation} failed: {code}")


def open_aws(
    secret_id: str, url: str, region: str, field: str = "", *, ambient: bool = False
) -> AwsStore:
    """A store at `url` and nowhere else. With `ambient` credentials may come from other hosts.

    Raises `StoreError`.
    """
    try:
        import boto3
        import botocore.session
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError:
        raise LibraryMissing("boto3 is not installed; install servegate[aws]") from None
    core = botocore.session.get_session()
    if not ambient:
        resolver = core.get_component("credential_provider")
        for provider in [one.METHOD for one in resolver.providers]:
            if provider not in _LOCAL_CREDENTIALS:
                resolver.remove(provider)
    config = Config(
        connect_timeout=_TIMEOUT,
        read_timeout=_TIMEOUT,
        retries={"total_max_attempts": 3, "mode": "standard"},
        proxies={},
        parameter_validation=False,  # its messages quote what was sent
    )
    try:
        client = boto3.Session(botocore_session=core).client(
            "secretsmanager", endpoint_url=url, region_name=region or None, config=config
        )
    except (BotoCoreError, ValueError) as error:
        raise StoreError(f"aws:{secret_id}: no client: {type(error).__name__}") from None
    return AwsStore(client, secret_id, field)


def write_record(record: Record) -> str:
    """A record as text that a tag may hold."""
    state = "closed" if record.closed else "grace"
    moment = record.promoted.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    return f"current={record.current} previous={record.previous} promoted={moment} state={state}"


def read_record(text: str) -> Record | None:
    """The record that a tag holds; None for one that is not of our writing."""
    parts = dict(word.split("=", 1) for word in text.split() if "=" in word)
    try:
        return Record(
            current=parts["current"],
            previous=parts["previous"],
            promoted=_utc(datetime.fromisoformat(parts["promoted"])),
            closed=parts["state"] == "closed",
        )
    except (KeyError, ValueError):
        return None


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(timezone.utc)


def _days_of(expression: str) -> float:
    """The days of `rate(10 days)`; 0 for a cron expression, whose interval varies."""
    inside = expression.removeprefix("rate(").removesuffix(")").split()
    if len(inside) == 2 and expression.startswith("rate(") and inside[0].isdigit():
        return int(inside[0]) / (24 if inside[1].startswith("hour") else 1)
    return 0
