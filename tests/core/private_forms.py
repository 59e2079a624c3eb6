"""A private key in every way to write it down; drawn here, so that none is in the repository."""

from __future__ import annotations

import base64
import json
import random

DRAW = random.Random(11)
ENCODED = base64.b64encode(DRAW.randbytes(1194)).decode()
LINES = [ENCODED[at : at + 64] for at in range(0, len(ENCODED), 64)]
BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
PEM = "\n".join([BEGIN, *LINES, END, ""])
ONE = PEM.replace("\n", "\\n")
PGP = PEM.replace("RSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK").replace(
    LINES[0], f"Version: GnuPG v2\n\n{LINES[0]}"
)
PPK = (
    "PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nComment: a\nPublic-Lines: 1\nAAAA\n"
    f"Private-Lines: {len(LINES)}\n" + "\n".join(LINES) + "\nPrivate-MAC: 00ff\n"
)
FORMS = {
    "pem": PEM,
    "behind a comment": "".join(f"# {line}\n" for line in PEM.split("\n")),
    "one line of python": f'PEM = "{ONE}"\n',
    "template of javascript": f"const pem = `{ONE}`;\n",
    "json": json.dumps({"private_key": PEM, "other": 1}),
    "json in json": json.dumps({"x": json.dumps({"private_key": PEM})}),
    "json with escaped slashes": json.dumps({"k": PEM}).replace("/", "\\/"),
    "env": f"SIGNER={ONE}\n",
    "yaml block": "key: |\n" + "".join(f"  {line}\n" for line in PEM.split("\n")) + "other: x\n",
    "yaml in one line": f"x: {BEGIN} {' '.join(LINES)} {END}\n",
    "windows": PEM.replace("\n", "\r\n"),
    "strings that are joined": "k = " + " +\n  ".join(f'"{line}\\n"' for line in PEM.split("\n")),
    "strings of php": "$k = " + " .\n  ".join(f'"{line}\\n"' for line in PEM.split("\n")),
    "strings side by side": "k = (\n"
    + "\n".join(f'    "{one}\\n"' for one in PEM.split("\n"))
    + ")",
    "a list": json.dumps(PEM.split("\n"), indent=2),
    "lines of a diff": "".join(f"+{line}\n" for line in PEM.split("\n")),
    "html": "<pre>" + PEM.replace("\n", "<br>") + "</pre>",
    "echo of a shell": "".join(f'echo "{line}" >> k\n' for line in PEM.split("\n")),
    "appended": "".join(f"out.push('{line}');\n" for line in PEM.split("\n")),
    "numbered lines": "".join(f"{n:4} | {line}\n" for n, line in enumerate(PEM.split("\n"))),
    "lines of a log": "".join(f"2026-11-26T08:11:54Z app: {line}\n" for line in PEM.split("\n")),
    "narrow lines": "\n".join(
        [BEGIN, *(ENCODED[at : at + 24] for at in range(0, len(ENCODED), 24)), END]
    ),
    "one long line": f"{BEGIN}\n{ENCODED}\n{END}\n",
    "of openssh": PEM.replace("RSA PRIVATE", "OPENSSH PRIVATE"),
    "of pgp": PGP,
    "of putty": PPK,
    "of ssh2": PEM.replace("-----BEGIN RSA", "---- BEGIN SSH2 ENCRYPTED").replace(
        "-----END RSA", "---- END SSH2 ENCRYPTED"
    ),
    "with headers": PEM.replace(
        LINES[0], f"Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n{LINES[0]}"
    ),
    "two": PEM + "x = 1\n" + PEM,
}


def leaked(text: str) -> list[str]:
    """Lines of the key of which a part stands in a text."""
    plain = text.replace("\\/", "/")
    return [line for line in LINES if line[:20] in plain or line[-20:] in plain]
