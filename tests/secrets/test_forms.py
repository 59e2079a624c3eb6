"""What one engine finds no other shows: each form of the table is found and is masked."""

from __future__ import annotations

import random
import re
import string

import pytest

from scanner.engines.secrets.detectors import keys_in
from scanner.redact import MASK, redact
from scanner.redact._forms import BY_FORM, GIVEN

try:
    import re._parser as parser  # type: ignore[import-not-found]
except ImportError:
    import sre_parse as parser  # type: ignore[no-redef]

DRAW = random.Random(71)
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def drawn(count: int, alphabet: str = ALNUM) -> str:
    return "".join(DRAW.choice(alphabet) for _ in range(count))


def made(items: object) -> str:
    """A text that fits a parsed pattern, as a provider would draw it."""
    return "".join(_piece(str(kind), value) for kind, value in items)  # type: ignore[attr-defined]


def _piece(kind: str, value: object) -> str:
    match kind, value:
        case "LITERAL", code:
            return chr(code)  # type: ignore[call-overload]
        case (("MAX_REPEAT" | "MIN_REPEAT"), (low, high, inner)):
            return "".join(made(inner) for _ in range(min(high, max(low, min(low + 4, 4)))))
        case "IN", options:
            return DRAW.choice(_class(options))
        case "BRANCH", (_, branches):
            return made(DRAW.choice(branches))
        case "SUBPATTERN", (*_, inner):
            return made(inner)
    return ""


def _class(options: object) -> str:
    chars = ""
    for kind, value in options:  # type: ignore[attr-defined]
        match str(kind):
            case "LITERAL":
                chars += chr(value)
            case "RANGE":
                chars += "".join(map(chr, range(value[0], value[1] + 1)))
            case "CATEGORY":
                chars += string.digits
    # A sign at the end is no part of what is drawn everywhere.
    return "".join(char for char in chars if char.isalnum()) or chars


@pytest.mark.parametrize(
    "form", [*BY_FORM, *GIVEN], ids=lambda form: f"{form.provider}-{form.words[0]}"
)
def test_a_key_of_each_form_is_masked(form: object) -> None:
    tree = parser.parse(form.pattern.pattern)  # type: ignore[attr-defined]
    missed = []
    for _ in range(40):
        text = made(tree)
        match = form.pattern.search(text)  # type: ignore[attr-defined]
        if match is None or not list(keys_in(f'key = "{text}"')):
            continue
        value = match["value"]
        for place in ("x = call({})", "{}", "\x1b[31m{}\x1b[0m", "line\\x00{}", "'{}' is it"):
            shown = redact(place.format(text))
            if value in shown or value[-8:] in shown:
                missed.append((place, text, shown))
    assert missed == []


NEW = {
    "Google OAuth": "GOC" + "SPX-" + drawn(28),
    "GitLab": "gl" + "rt-" + drawn(20),
    "Atlassian": "ATA" + "TT3xFfGF0" + drawn(170) + "=" + drawn(8, "0123456789ABCDEF"),
    "Grafana": "gl" + "sa_" + drawn(32) + "_" + drawn(8, HEX),
    "Telegram": "1" + drawn(9, string.digits) + ":A" + "A" + drawn(33),
    "Sentry": "sntr" + "ys_eyJ" + drawn(90) + "_" + drawn(43),
    "New Relic": "NR" + "AK-" + drawn(27, string.ascii_uppercase + string.digits),
    "Figma": "fi" + "gd_" + drawn(40),
    "Notion": "nt" + "n_" + drawn(11, string.digits) + drawn(35),
    "HashiCorp Vault": "hv" + "b." + drawn(100),
    "Docker": "dckr" + "_oat_" + drawn(32),
    "DigitalOcean": "do" + "o_v1_" + drawn(64, HEX),
    "Azure AI": drawn(52) + "JQ" + "QJ99" + drawn(26),
}


@pytest.mark.parametrize("provider", NEW)
def test_it_is_found_and_masked(provider: str) -> None:
    key = NEW[provider]
    for text in (key, f'x = "{key}"', f"\x1b[1;31m{key}\x1b[0m", f"\\u0000{key} now"):
        assert [hit.provider for hit in keys_in(text)] == [provider]
        assert key[-8:] not in redact(text)


def test_behind_colours_and_escapes_a_key_begins() -> None:
    key = "gh" + "p_" + drawn(36)
    for before in (
        *(
            "\x1b[31m",
            "\x1b[1m",
            "\x1b[m",
            "\x1b[0;1;32m",
            "\x1b[38;5;196m",
            "\\x1b[31m",
            "\\033[1m",
        ),
        *("\\x00", "\\0", "\\u001b[0m", "\\033", "\x1b[K", "\\v"),
    ):
        text = f"log {before}{key}\x1b[0m done"
        assert key[4:] not in redact(text), before
        assert len(list(keys_in(text))) == 1, before


@pytest.mark.parametrize("glue", ["' + '", "' '", "'\n    '", "' +\n    '", "' . '", "' \\\n  '"])
def test_a_key_in_parts_is_masked_whole(glue: str) -> None:
    one, two, three = drawn(9), drawn(14), drawn(13)
    text = f"x = 'ghp_{one}{glue}{two}{glue}{three}' # after"
    shown = redact(text)
    assert not [part for part in (one, two, three) if part in shown]
    assert shown.endswith("# after")
    assert shown.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        "x = 'sk-' + name",
        "['hf_model' + 'bert-base-uncased']",
        "'fw_' + 'update' + 'firmware'",
        "class='sk-estimator' 'sk-label'",
    ],
)
def test_parts_of_names_stay(text: str) -> None:
    assert redact(text) == text


def test_a_digest_behind_a_prefix_is_no_key() -> None:
    digest = drawn(32, HEX)
    assert list(keys_in(f'<div id="sk-{digest}">')) == []
    assert list(keys_in(f"cache/sk-{digest}.json")) == []
    assert len(list(keys_in(f"DEEPSEEK_API_KEY=sk-{digest}"))) == 1
    assert len(list(keys_in(f'OpenAI(api_key="sk-{digest}")'))) == 1


def test_the_key_of_a_firebase_app_is_public() -> None:
    key = "AI" + "za" + drawn(35)
    config = (
        f'const firebaseConfig = {{\n  apiKey: "{key}",\n  authDomain: "a.firebaseapp.com",\n'
        '  projectId: "a",\n  messagingSenderId: "1",\n};\n'
    )
    assert list(keys_in(config)) == []
    assert len(list(keys_in(f'genai.configure(api_key="{key}")'))) == 1
    assert len(list(keys_in(config + "\n" * 2_000 + f'key = "{key}"'))) == 1


def test_masks_of_forms_take_no_more_than_the_key() -> None:
    key = NEW["Grafana"]
    assert redact(f"a {key} b") == f"a {MASK} b"
    assert redact(re.escape("ntn_name_of_a_table")) == re.escape("ntn_name_of_a_table")
