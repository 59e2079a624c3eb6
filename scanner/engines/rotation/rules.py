"""What the rotation check looks for."""

from __future__ import annotations

from scanner.model.rule import Rule, RuleId
from scanner.model.severity import Confidence, Severity, Stage

_AWS = "https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets.html"
_OWASP = "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html"


def _rule(
    name: str,
    title: str,
    severity: Severity,
    *,
    rationale: str,
    remediation: str,
    cwe: tuple[str, ...],
    controls: tuple[str, ...] = ("SECRETS-ROTATE-1",),
    references: tuple[str, ...] = (_OWASP,),
) -> Rule:
    return Rule(
        id=RuleId(f"secrets/{name}"),
        engine="rotation",
        stage=Stage.SECRETS,
        title=title,
        severity=severity,
        confidence=Confidence.PROVEN,
        rationale=rationale,
        remediation=remediation,
        cwe=cwe,
        owasp=("API2:2023",),
        controls=controls,
        references=references,
    )


ROTATION_DISABLED = _rule(
    "rotation-disabled",
    "The manager does not rotate the endpoint's key",
    Severity.MEDIUM,
    rationale=(
        "A key that nobody changes by plan is changed after it was stolen, if that is noticed. The "
        "manager itself says that it has no rotation for this one, or no function to carry it out."
    ),
    remediation=(
        "Give the secret a schedule and a function, or run `servegate rotate` on a schedule:\n\n"
        '    resource "aws_secretsmanager_secret_rotation" "key" {\n'
        "      secret_id           = aws_secretsmanager_secret.key.id\n"
        "      rotation_lambda_arn = aws_lambda_function.rotate.arn\n"
        "      rotation_rules { automatically_after_days = 30 }\n"
        "    }"
    ),
    cwe=("CWE-324",),
    references=(_AWS, _OWASP),
)
INTERVAL_TOO_LONG = _rule(
    "rotation-interval-too-long",
    "The endpoint's key is rotated less often than the policy says",
    Severity.MEDIUM,
    rationale="Between two rotations a stolen key works; the interval is how long that may last.",
    remediation="Shorten the schedule: `rotation_rules { automatically_after_days = 30 }`.",
    cwe=("CWE-324",),
    references=(_AWS,),
)
KEY_TOO_OLD = _rule(
    "key-too-old",
    "The endpoint's key is older than the policy allows",
    Severity.HIGH,
    rationale=(
        "What counts is how long the value itself has been the same. A manager that says it "
        "rotated yesterday may have stored the same value again, or run a function that failed."
    ),
    remediation="Rotate it now, `servegate rotate`, and find out why the schedule did not.",
    cwe=("CWE-324",),
)
SEVERAL_CURRENT = _rule(
    "several-current-versions",
    "Not exactly one version of the key is current",
    Severity.HIGH,
    rationale=(
        "With two current versions clients and endpoint may each hold another one, and a key that "
        "was meant to be replaced stays valid. With none the next client to start gets no key."
    ),
    remediation=(
        "Decide which one is to stay, and take the label off the others:\n\n"
        "    aws secretsmanager update-secret-version-stage --secret-id NAME \\\n"
        "      --version-stage AWSCURRENT --remove-from-version-id OLD --move-to-version-id NEW"
    ),
    cwe=("CWE-672",),
    references=(_AWS,),
)
STALE_PENDING = _rule(
    "stale-pending-version",
    "A rotation was begun and never ended",
    Severity.MEDIUM,
    rationale=(
        "A pending key is accepted by the endpoint although no client uses it, and it stops the "
        "manager's next rotation from beginning."
    ),
    remediation=(
        "`servegate rotate` goes on from where it stopped; `servegate rotate --abandon` drops the "
        "pending key."
    ),
    cwe=("CWE-672",),
)
WITHOUT_CHANGE = _rule(
    "rotation-without-change",
    "The last rotation stored the same key again",
    Severity.HIGH,
    rationale=(
        "The manager has a new version and a new date, and the value did not change: whoever "
        "has the old key has the new one."
    ),
    remediation=(
        "Mend the rotation function: it must make a value, as in\n\n"
        '    client.get_random_password(PasswordLength=43)["RandomPassword"]'
    ),
    cwe=("CWE-324",),
)
CURRENT_REFUSED = _rule(
    "current-key-refused",
    "The endpoint refuses the key that the manager holds as current",
    Severity.HIGH,
    rationale=(
        "The rotation changed the manager and not the endpoint: clients that take their key from "
        "the manager are locked out, and the key that the endpoint takes is not a managed one."
    ),
    remediation="Have the endpoint take its keys from the manager, and look there again at times.",
    cwe=("CWE-324",),
    controls=("SECRETS-ROTATE-2",),
)
MADE_UP_ACCEPTED = _rule(
    "made-up-key-accepted",
    "The endpoint accepts a made-up key",
    Severity.CRITICAL,
    rationale="An operation that is said to need the key answers to one that never existed.",
    remediation=(
        "Compare the key that was presented with those that are valid, in constant time:\n\n"
        "    if not any(hmac.compare_digest(digest(key), known) for known in digests):\n"
        "        raise HTTPException(401)"
    ),
    cwe=("CWE-287",),
    controls=("AUTHN-1", "SECRETS-ROTATE-2"),
)
PREVIOUS_ACCEPTED = _rule(
    "previous-key-accepted",
    "The endpoint accepts the previous key after the grace is over",
    Severity.HIGH,
    rationale=(
        "Rotation is to end what a stolen key can do. An endpoint that goes on taking the old one "
        "has two valid keys after it, and three after the next."
    ),
    remediation=(
        "Drop a key once the manager no longer holds it as current, or the grace is over; see what "
        "caches keys in front of the endpoint."
    ),
    cwe=("CWE-613", "CWE-672"),
    controls=("SECRETS-ROTATE-2",),
)

RULES = (
    CURRENT_REFUSED,
    INTERVAL_TOO_LONG,
    KEY_TOO_OLD,
    MADE_UP_ACCEPTED,
    PREVIOUS_ACCEPTED,
    ROTATION_DISABLED,
    SEVERAL_CURRENT,
    STALE_PENDING,
    WITHOUT_CHANGE,
)
