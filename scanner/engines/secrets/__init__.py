"""The engine `secrets`: keys of model hosts and clouds, and private keys, in any text.

Here is what must be known before it looks; `engine.py` looks, and is loaded only for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scanner.engines._identity import code_identity
from scanner.model.files import FileKind
from scanner.model.outcome import Completed, Gap, Partial
from scanner.model.plan import SourceFile, StaticTask, Task
from scanner.model.protocols import Diagnosis, ScanContext
from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

READS = (
    *(FileKind.PYTHON, FileKind.NOTEBOOK, FileKind.JAVASCRIPT, FileKind.SHELL),
    *(FileKind.DOCKERFILE, FileKind.COMPOSE, FileKind.TERRAFORM, FileKind.PLAN),
    *(FileKind.MANIFEST, FileKind.KONG, FileKind.WORKFLOW, FileKind.TEXT),
)
VERSION = "1"
_CWE = "https://cwe.mitre.org/data/definitions/{}.html"


def _rule(name: str, title: str, rationale: str, remediation: str, cwe: str) -> Rule:
    return Rule(
        id=RuleId(f"sast/{name}"),
        engine="secrets",
        stage=Stage.SAST,
        title=title,
        severity=Severity.HIGH,
        confidence=Confidence.FIRM,
        rationale=rationale,
        remediation=remediation,
        cwe=(cwe,),
        owasp=("API8:2023", "LLM02:2025"),
        controls=("SECRETS-1",),
        references=(_CWE.format(cwe.removeprefix("CWE-")),),
        since="0.1.0",
        reads=READS,
    )


PROVIDER_KEY = _rule(
    "provider-key-in-text",
    "Key of a model host or cloud in the repository",
    "Whoever can read the repository, its history, its image or a prompt made from it spends the "
    "account's money and reads what it may read.",
    "Revoke the key at its provider first; then read it from a secret store or the environment:\n\n"
    '    client = OpenAI(api_key=os.environ["OPENAI_API_KEY"])',
    "CWE-798",
)
PRIVATE_KEY = _rule(
    "private-key-in-text",
    "Private key in the repository",
    "Whoever has it is the server, the service account or the signer of tokens.",
    "Make a new key, revoke what the old one was good for, and mount it from a secret store:\n\n"
    '    key = Path("/run/secrets/signing.pem").read_bytes()',
    "CWE-321",
)
RULES = (PROVIDER_KEY, PRIVATE_KEY)


class Secrets:
    """The engine `secrets`."""

    name = "secrets"
    stage = Stage.SAST

    def rules(self) -> tuple[Rule, ...]:
        """What is looked for."""
        return RULES

    def diagnose(self, root: Path) -> Diagnosis:  # noqa: ARG002 - no tool to look for
        """It is part of servegate, so it is always here."""
        return Diagnosis(engine=self.name, found=True, version=VERSION, place="part of servegate")

    def parts(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """Each file is looked at by itself."""
        return tuple((file,) for file in files)

    def repeated(self, files: Sequence[SourceFile]) -> tuple[tuple[SourceFile, ...], ...]:
        """Each file is looked at by itself."""
        return self.parts(files)

    def known_by(self, task: StaticTask, context: ScanContext) -> tuple[str, ...]:  # noqa: ARG002
        """Our own code."""
        return (code_identity("secrets"),)

    def lasting(self, gap: Gap) -> bool:
        """Whether it comes of what the file holds."""
        return gap.reason.startswith("only the first")

    def scan(self, task: Task, context: ScanContext) -> Completed | Partial:
        """Look through the planned files. Raises `EngineError`."""
        from scanner.engines.secrets.engine import run

        if not isinstance(task, StaticTask):
            raise TypeError("secrets takes files")
        return run(task, context)
