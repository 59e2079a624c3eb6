"""Keys are found wherever they stand; what only stands for one is not; no value leaves."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path

import pytest

from scanner.engines.secrets.detectors import keys_in
from scanner.engines.secrets.engine import found_in, salted
from scanner.redact import redact
from tests.e2e.command import servegate

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"
DRAW = random.Random(7)


def drawn(count: int, alphabet: str = ALNUM) -> str:
    """A value as a provider would draw it; drawn here, so that none stands in the repository."""
    return "".join(DRAW.choice(alphabet) for _ in range(count))


DIGITS = string.digits
URL_SAFE = ALNUM + "-_"
KEYS = {
    "OpenAI": "sk-" + "proj-" + drawn(48),
    "OpenAI of old": "sk-" + drawn(20) + "T3Blbk" + "FJ" + drawn(20),
    "Anthropic": "sk-" + "ant-api03-" + drawn(93),
    "OpenRouter": "sk-" + "or-v1-" + drawn(64, HEX),
    "Hugging Face": "hf" + "_" + drawn(34),
    "Replicate": "r8" + "_" + drawn(37),
    "Groq": "gsk" + "_" + drawn(52),
    "NVIDIA": "nvapi" + "-" + drawn(64),
    "Together": "tgp_" + "v1_" + drawn(43),
    "xAI": "xai" + "-" + drawn(80),
    "Perplexity": "pplx" + "-" + drawn(48),
    "Google": "AI" + "za" + drawn(35),
    "AWS": "AK" + "IA" + drawn(16, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"),
    "Amazon Bedrock": "AB" + "SK" + drawn(120),
    "LangSmith": "lsv2" + "_pt_" + drawn(32, HEX) + "_" + drawn(10, HEX),
    "GitHub": "gh" + "p_" + drawn(36),
}
NAMED = {
    "COHERE_API_KEY": drawn(40),
    "MISTRAL_API_KEY": drawn(32),
    "TOGETHER_API_KEY": drawn(64, HEX),
    "AZURE_OPENAI_API_KEY": drawn(32, HEX),
    "AWS_SECRET_ACCESS_KEY": drawn(40),
    "NGC_API_KEY": drawn(84),
    "WANDB_API_KEY": drawn(40, HEX),
}
# How a value stands in files of the kinds that there are.
PLACES = {
    "app.py": 'client = Client(api_key="{key}")\n',
    ".env": "KEY={key}\n",
    "values.yaml": "env:\n  - name: KEY\n    value: {key}\n",
    "main.tf": 'variable "key" {{\n  default = "{key}"\n}}\n',
    "config.json": '{{"key": "{key}"}}\n',
    "prompt.md": "Use the key {key} to call the tool.\n",
    "system.j2": "{{# key: {key} #}}\n",
    "Dockerfile": "ENV KEY={key}\n",
    "run.sh": "curl -H 'Authorization: Bearer {key}' https://api.example.org\n",
}
PLACEHOLDERS = (
    "sk-proj-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sk-your-key-here-your-key-here-your-key-here-you",
    "sk-ant-api03-YOUR_KEY_GOES_HERE_YOUR_KEY_GOES_HERE",
    "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "AKIAIOSFODNN7EXAMPLE",
    "AKIAXXXXXXXXXXXXXXXX",
    "gsk_0000000000000000000000000000000000000000000000000000",
    "nvapi-<your key>",
    "sk-proj-${OPENAI_API_KEY}",
    "hf_abcdefghijklmnopqrstuvwxyz01234567",
    "ghp_1234567890123456789012345678901234567890",
    "sk-test-key-sk-test-key-sk-test-key-sk-test-key-",
    "task-management-system-for-the-whole-department-x",
    "risk-assessment",
    "COHERE_API_KEY=",
    "COHERE_API_KEY=os.environ['COHERE_API_KEY']",
    "MISTRAL_API_KEY: ${MISTRAL_API_KEY}",
    "AZURE_OPENAI_API_KEY=00000000000000000000000000000000",
    "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    '"integrity": "sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kx=="',
)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("provider", KEYS)
def test_a_key_is_found_where_it_stands(provider: str, place: str) -> None:
    key = KEYS[provider]
    text = "first line\n" + PLACES[place].format(key=key)
    (hit,) = keys_in(text)
    assert text[hit.start : hit.end] == key
    assert hit.provider == provider.removesuffix(" of old")
    (finding,) = found_in(place, text)
    assert finding.location.start_line == text[: text.index(key)].count("\n") + 1  # type: ignore[union-attr]
    assert key not in repr(finding)
    assert salted(key) in finding.message


# The same with all characters that the providers use.
SIGNED = {
    "OpenAI": "sk-" + "proj-" + drawn(148, URL_SAFE),
    "Anthropic": "sk-" + "ant-api03-" + drawn(93, URL_SAFE),
    "NVIDIA": "nvapi" + "-" + drawn(64, URL_SAFE),
    "Together": "tgp_" + "v1_" + drawn(43, URL_SAFE),
    "Google": "AI" + "za" + drawn(35, URL_SAFE),
    "Pinecone": "pcsk" + "_" + drawn(5) + "_" + drawn(63),
    "GitLab": "glpat" + "-" + drawn(20, URL_SAFE),
    "GitHub": "github" + "_pat_" + drawn(22) + "_" + drawn(59),
    "Slack": "xoxb" + f"-{drawn(13, DIGITS)}-{drawn(13, DIGITS)}-" + drawn(24),
}


@pytest.mark.parametrize("provider", SIGNED)
def test_signs_in_a_key_are_part_of_it(provider: str) -> None:
    key = SIGNED[provider]
    (hit,) = keys_in(f'key = "{key}"')
    assert (hit.start, hit.end) == (7, 7 + len(key))


@pytest.mark.parametrize("key", [*KEYS.values(), *SIGNED.values()])
def test_no_other_engine_shows_it_either(key: str) -> None:
    shown = redact(f"x = call({key})")
    assert key not in shown
    assert key[-8:] not in shown
    assert key[12:20] not in shown


@pytest.mark.parametrize("form", ["{n}={v}", '{n}: "{v}"', 'os.environ["{n}"] = "{v}"'])
@pytest.mark.parametrize("name", NAMED)
def test_a_key_without_a_form_is_known_by_its_name(name: str, form: str) -> None:
    text = form.format(n=name, v=NAMED[name])
    (hit,) = keys_in(text)
    assert text[hit.start : hit.end] == NAMED[name]
    assert list(keys_in(form.format(n="MODEL_REVISION", v=NAMED[name]))) == []


@pytest.mark.parametrize("text", PLACEHOLDERS)
def test_what_stands_for_a_key_is_none(text: str) -> None:
    assert list(keys_in(text)) == []


def test_the_same_key_keeps_its_fingerprint_and_another_has_its_own() -> None:
    one, other = KEYS["OpenAI"], KEYS["Groq"]
    (before,) = found_in("a.md", one)
    (after,) = found_in("a.md", f"moved\ndown {one}")
    (third,) = found_in("a.md", other)
    assert before.anchor == after.anchor != third.anchor


@pytest.mark.e2e
def test_no_value_is_in_any_output(tmp_path: Path) -> None:
    repo = tmp_path / "repo"
    repo.mkdir()
    for number, (place, form) in enumerate(PLACES.items()):
        key = list(KEYS.values())[number]
        (repo / place).write_text(form.format(key=key))
    cell = {"cell_type": "code", "metadata": {}, "source": ["x = 1\n"], "execution_count": 1}
    shown = {"output_type": "stream", "name": "stdout", "text": [KEYS["GitHub"] + "\n"]}
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    (repo / "a.ipynb").write_text(json.dumps({**notebook, "cells": [{**cell, "outputs": [shown]}]}))
    (repo / ".env.production").write_text("".join(f"{n}={v}\n" for n, v in NAMED.items()))
    (repo / "README.md").write_text("\n".join(PLACEHOLDERS))
    out = tmp_path / "out"
    done = servegate(".", "--only", "sast,iac", "--debug", cwd=repo, out=out)
    found = {
        source["location"]["path"]
        for entry in done.result["findings"]
        for source in entry["sources"]
        if source["rule_id"] == "sast/provider-key-in-text"
    }
    assert found == {*PLACES, "a.ipynb", ".env.production"}
    told = done.text + "".join(path.read_text() for path in out.iterdir() if path.is_file())
    for key in (*KEYS.values(), *NAMED.values()):
        assert key not in told
