"""The part of GitHub's runner that `run:` steps see: files, variables, expressions, conditions.

Steps with `uses:` are not carried out; what they were given is kept.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
# YAML 1.1 reads `on` as true.
ON = True
_EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_PATH = re.compile(r"(?<!['\w])[a-z][\w-]*(?:\.[\w-]+)+(?!['\w(])")


@dataclass
class Runner:
    """One job on one machine: `workspace` is the checkout, `github` the event's facts."""

    workspace: Path
    temp: Path
    event: dict[str, Any]
    github: dict[str, Any]
    contexts: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)
    log: str = ""
    code: int = 0
    ran: list[str] = field(default_factory=list)
    used: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.temp.mkdir(parents=True, exist_ok=True)
        for name in ("summary", "output", "env"):
            (self.temp / name).touch()
        (self.temp / "event.json").write_text(json.dumps(self.event))
        shim = self.temp / "shim"
        shim.mkdir(exist_ok=True)
        # `python -m venv DIR` gives this project's environment; what pip is asked for is noted.
        pip = self.temp / "pip"
        fake = (
            "#!/usr/bin/env bash\n"
            'if [ "$1 $2" = "-m venv" ]; then\n'
            f'  mkdir -p "$3/bin"; ln -sf {BIN}/servegate "$3/bin/servegate"\n'
            f'  ln -sf "$0" "$3/bin/python"\n'
            f'elif [ "$1 $2" = "-m pip" ]; then shift 2; printf "%s\\n" "$*" >> {pip}\n'
            f'else exec {sys.executable} "$@"; fi\n'
        )
        for name in ("python", "python3"):
            (shim / name).write_text(fake)
            (shim / name).chmod(0o755)

    @property
    def summary(self) -> str:
        return (self.temp / "summary").read_text()

    @property
    def installed(self) -> str:
        return (self.temp / "pip").read_text()

    def steps(self, steps: list[dict[str, Any]]) -> None:
        """Carry out steps as a job does: after a failure only those that say `always()`."""
        for step in steps:
            if not self._wanted(str(step.get("if", ""))):
                continue
            name = step.get("name") or step.get("id") or step.get("uses", "").partition("@")[0]
            self.ran.append(name)
            if "uses" in step:
                self.used[name] = {k: self.fill(str(v)) for k, v in step.get("with", {}).items()}
            else:
                self._run(step)

    def fill(self, text: str) -> str:
        """A text with its expressions evaluated."""
        return _EXPRESSION.sub(lambda match: _shown(self._evaluate(match[1])), text)

    def _wanted(self, condition: str) -> bool:
        if self.code and "always()" not in condition:
            return False
        return bool(self._evaluate(condition)) if condition else True

    def _run(self, step: dict[str, Any]) -> None:
        given = {name: self.fill(str(value)) for name, value in step.get("env", {}).items()}
        assert "${{" not in step["run"], "an expression in a shell's text"
        before = len((self.temp / "output").read_text())
        environ = {
            "PATH": f"{self.temp / 'shim'}:{os.environ['PATH']}",
            "HOME": str(self.temp),
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_STEP_SUMMARY": str(self.temp / "summary"),
            "GITHUB_OUTPUT": str(self.temp / "output"),
            "GITHUB_ENV": str(self.temp / "env"),
            "GITHUB_EVENT_PATH": str(self.temp / "event.json"),
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_ACTIONS": "true",
            "CI": "true",
            **{
                f"GITHUB_{k.upper()}": str(v)
                for k, v in self.github.items()
                if isinstance(v, str) and k != "token"
            },
            **self.extra,
            **given,
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]],
            cwd=self.workspace,
            env=environ,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        self.log += done.stdout + done.stderr
        self.code = self.code or done.returncode
        if "id" in step:
            lines = (self.temp / "output").read_text()[before:].splitlines()
            found = dict(line.split("=", 1) for line in lines)
            self.contexts.setdefault("steps", {})[step["id"]] = {"outputs": found}

    def _evaluate(self, expression: str) -> Any:
        parts = re.split(r"('[^']*')", " ".join(expression.split()))
        text = "".join(part if part[:1] == "'" else _python(part) for part in parts)
        names = {
            "look": self._look,
            "always": lambda: True,
            "startsWith": lambda a, b: str(a).startswith(str(b)),
            "fromJSON": json.loads,
            "hashFiles": lambda name: "x" if (self.workspace / name).exists() else "",
        }
        return eval(text, {"__builtins__": {}}, names)

    def _look(self, path: str) -> Any:
        contexts = {"github": self.github, "runner": {"temp": str(self.temp)}, **self.contexts}
        value: Any = contexts
        for part in path.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        return "" if value is None else value


def _python(text: str) -> str:
    text = text.replace("&&", " and ").replace("||", " or ")
    return _PATH.sub(lambda match: f"look({match[0]!r})", text)


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def event(kind: str, *, fork: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    """The payload of an event, and the `github` context that comes of it."""
    github: dict[str, Any] = {"event_name": kind, "repository": "acme/models", "token": "t0ken"}
    payload: dict[str, Any] = {"repository": {"full_name": "acme/models"}}
    if kind == "pull_request":
        head = "somebody/models" if fork else "acme/models"
        payload["pull_request"] = {
            "number": 7,
            "head": {"repo": {"full_name": head}},
            "base": {"ref": "main"},
        }
        github |= {"base_ref": "main", "head_ref": "feature"}
    github["event"] = payload
    return payload, github


def load(path: Path) -> dict[Any, Any]:
    """A workflow or action."""
    document: dict[Any, Any] = yaml.safe_load(path.read_text())
    return document


def defaults(inputs: dict[str, Any], **given: Any) -> dict[str, Any]:
    """The inputs of a call: those that are given, and the defaults of the rest."""
    assert set(given) <= {name.replace("-", "_") for name in inputs}
    return {
        name: given.get(name.replace("-", "_"), entry.get("default", ""))
        for name, entry in inputs.items()
    }
