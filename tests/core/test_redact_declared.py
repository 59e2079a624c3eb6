"""Values that need no quotes, in files that declare things: what is named as a secret is masked."""

from __future__ import annotations

import time

import pytest

from scanner.redact import MASK, mask_declared, redact

HIDDEN = "hunter22-in-clear"


def shown(path: str, text: str) -> str:
    lines = text.split("\n")
    masked = mask_declared(path, lines, 1, len(lines))
    assert len(masked) == len(lines)
    return redact("\n".join(masked))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("d.yaml", f"env:\n  - name: API_TOKEN\n    value: {HIDDEN}\n"),
        ("d.yaml", f"env:\n  - value: {HIDDEN}\n    name: API_TOKEN\n"),
        ("d.yaml", f"env:\n  - name: 'DB_PASSWORD'\n    value: \"{HIDDEN}\"\n"),
        ("d.yaml", f"env: [{{name: OPENAI_API_KEY, value: {HIDDEN}}}]\n"),
        ("d.yaml", f"env:\n  -\n    name: API_TOKEN\n    # why\n    value: {HIDDEN}  # note\n"),
        ("d.yaml", f"spec:\n  password: {HIDDEN}\n"),
        ("d.yaml", f"spec: {{user: a, clientSecret: {HIDDEN}, b: c}}\n"),
        ("d.yaml", f"- AWS_SECRET_ACCESS_KEY: {HIDDEN}\n"),
        ("d.yaml", f"token: |\n  {HIDDEN}\n  more\nother: x\n"),
        ("d.yaml", f"args:\n  - --api-key={HIDDEN}\n"),
        ("d.yaml", f"env:\n  - name: CONNECTION_STRING\n    value: >-\n      {HIDDEN}\n"),
        ("s.yaml", f"apiVersion: v1\ndata:\n  anything: {HIDDEN}\nkind: Secret\n"),
        ("s.yaml", f"kind: Secret\nstringData:\n  conf.toml: |\n    a = {HIDDEN}\n    b\n"),
        ("s.json", f'{{\n "kind": "Secret",\n "data": {{\n  "x": "{HIDDEN}"\n }}\n}}\n'),
        ("d.json", f'{{"env": [{{"name": "API_TOKEN", "value": "{HIDDEN}"}}]}}'),
        ("d.json", f'{{\n "name": "API_TOKEN",\n "value": "{HIDDEN}"\n}}'),
        ("compose.yml", f"environment:\n  - DB_PASSWORD={HIDDEN}\n  - A=b\n"),
        ("compose.yml", f"environment:\n  DB_PASSWORD: {HIDDEN}\n"),
        ("Dockerfile", f"ENV A=b API_KEY={HIDDEN}\n"),
        ("Dockerfile.gpu", f"ENV API_KEY {HIDDEN}\n"),
        ("Dockerfile", f"ARG HF_TOKEN={HIDDEN}\n"),
        ("run.sh", f"export API_KEY={HIDDEN}\n"),
        (".env.prod", f"API_KEY = {HIDDEN}\n"),
        ("app.ini", f"password: {HIDDEN}\n"),
        ("main.tf", f'env {{\n  name  = "API_TOKEN"\n  value = "{HIDDEN}"\n}}\n'),
    ],
)
def test_a_value_in_clear_is_masked(path: str, text: str) -> None:
    masked = shown(path, text)
    assert HIDDEN not in masked
    assert MASK in masked


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (
            "d.yaml",
            "env:\n  - name: MODEL\n    value: llama\n  - name: A_TOKEN\n    valueFrom: {}\n",
        ),
        ("d.yaml", "env:\n  - name: API_TOKEN\n    value: $(FROM_ELSEWHERE)\n"),
        (
            "d.yaml",
            "env:\n  - name: A_TOKEN\n    valueFrom:\n      secretKeyRef: {name: s, key: k}\n",
        ),
        ("d.yaml", "tls:\n  secretName: models-cert\n  existingSecret: mine\n"),
        ("d.yaml", "automountServiceAccountToken: false\nmax_tokens: 100\n"),
        ("d.yaml", "token: ${{ secrets.GITHUB_TOKEN }}\npassword: {{ .Values.x }}\n"),
        ("d.yaml", "kind: Secret # no\nmetadata:\n  name: a\n"),
        ("d.yaml", "kind: ConfigMap\ndata:\n  a: b\n---\nkind: Secret\n"),
        ("d.yaml", "password: ''\nsecret:\ntoken: null\n"),
        ("Dockerfile", "ENV TOKENIZERS_PARALLELISM=false\nARG HF_TOKEN\nENV PWD /app\n"),
        ("run.sh", 'TOKEN=$(cat /run/token)\ncurl -H "X: $TOKEN"\n'),
        ("main.tf", "password = var.password\n"),
        ("a.py", "token = make_token()\npassword = given\n"),
    ],
)
def test_what_is_no_secret_stays(path: str, text: str) -> None:
    assert shown(path, text) == redact(text)


def test_a_window_knows_what_is_above_it() -> None:
    lines = ["kind: Secret", "data:", *(f"  k{n}: {HIDDEN}{n}" for n in range(300))]
    assert HIDDEN not in "\n".join(mask_declared("s.yaml", lines, 290, 300))
    lines = ["token: |", *(f"  {HIDDEN}{n}" for n in range(300))]
    assert HIDDEN not in "\n".join(mask_declared("s.yaml", lines, 290, 300))
    lines = ["- name: API_TOKEN", f"  value: {HIDDEN}"]
    assert HIDDEN not in "\n".join(mask_declared("s.yaml", lines, 2, 2))


@pytest.mark.parametrize(
    "line",
    [
        "a=" * 50_000,
        '{"' * 50_000,
        "a: " * 50_000,
        "name: x " * 20_000,
        "- " * 50_000,
        "'" * 100_000,
        "a" * 100_000,
        " " * 100_000,
    ],
)
@pytest.mark.parametrize("path", ["a.yaml", "Dockerfile", ".env"])
def test_no_line_takes_long(path: str, line: str) -> None:
    began = time.perf_counter()
    mask_declared(path, [line], 1, 1)
    assert time.perf_counter() - began < 20
