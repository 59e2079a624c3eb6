"""Credentials without quotes around them leave the text; code that only names them stays."""

from __future__ import annotations

import base64
import random
import string
import time

import pytest

from scanner.redact import MASK, mask_literals, redact, redacted_lines, redacted_start

DRAW = random.Random(23)
ALNUM = string.ascii_letters + string.digits
URL_SAFE = ALNUM + "-_"


def drawn(count: int, alphabet: str = ALNUM) -> str:
    return "".join(DRAW.choice(alphabet) for _ in range(count))


KEY = drawn(40)
HEX = drawn(40, "0123456789abcdef")
SECRETS = {
    "redis without a user": ("redis://:{}@cache:6379/0", KEY),
    "a token as user": ("git clone https://{}@git.example.org/a.git", KEY),
    "user and token": ("https://oauth2:{}@git.example.org/a.git", KEY),
    "a password with signs": ("postgres://app:{}@db:5432/prod", "p@ss/w0rd@2"),
    "bearer": ("Authorization: Bearer {}", KEY),
    "bearer in python": ('headers = {{"Authorization": "Bearer {}"}}', KEY),
    "bearer in json": ('{{\\"Authorization\\": \\"Bearer {}\\"}}', KEY),
    "bearer in curl": ("curl -H 'authorization: bearer {}' https://a.example", HEX),
    "no scheme": ("Authorization: {}", KEY),
    "basic": ("Authorization: Basic {}", base64.b64encode(b"admin:hunter22").decode()),
    "basic alone": ("-> Basic {}", base64.b64encode(b"admin:hunter22").decode()),
    "header": ("curl -H 'X-Api-Key: {}'", HEX[:20]),
    "header of a gateway": ("Ocp-Apim-Subscription-Key: {}", HEX[:32]),
    "query": ("GET /v1?api_key={}&x=1", HEX[:20]),
    "query of a word": ("GET /v1?x=1&access_token={}", "hunter"),
    "shared access signature": (
        "https://x.blob.core.windows.net/c?sv=1&sig={}",
        f"{KEY}%2F{KEY}%3D",
    ),
    "account key": ("AccountName=a;AccountKey={};EndpointSuffix=b", f"{KEY}/{KEY}+abcd=="),
    "connection string": ("Server=a;Password={};Database=b", "Hunter!22x"),
    "environment": ("AWS_SECRET_ACCESS_KEY={}", drawn(40, ALNUM + "/+")),
    "environment with a word": ("DB_PASSWORD={}", "correcthorse"),
    "environment of a log": ("INFO env DB_PASSWORD={} A=b", "correcthorse"),
    "lower case": ("password={}", "hunter2hunter2"),
    "yaml": ("password: {}", "hunter2hunter2"),
    "dotted": ("spring.datasource.password={}", "Hunter22!"),
    "slack": ("https://hooks.slack.com/services/{}", f"T0AAAAAAA/B0BBBBBBB/{KEY[:24]}"),
    "discord": ("https://discord.com/api/webhooks/{}", f"123456789012345678/{KEY}"),
    "assigned bytes": ('secret = b"{}"', "hunter22"),
    "assigned by index": ('os.environ["API_TOKEN"] = "{}"', "hunter22"),
    "three quotes": ('password = """{}"""', "hunter22"),
    "back quotes": ("const apiKey = `{}`", "hunter22"),
    "typed": ('api_key: Annotated[str, Field] = "{}"', "hunter22"),
    "escaped quotes": ('"{{\\"password\\": \\"{}\\"}}"', "hunter22"),
    "behind an escape": ("say\\n{} now", "sk-" + "proj-" + drawn(48)),
    "behind an escape of a url": ("?x=1%26k%3D{}", "sk-" + "proj-" + drawn(48)),
}


@pytest.mark.parametrize("kind", SECRETS)
def test_it_is_masked(kind: str) -> None:
    form, value = SECRETS[kind]
    text = form.format(value)
    shown = redact(text)
    assert value not in shown
    assert value[-6:] not in shown
    assert MASK in shown
    assert redact(f"{{\n{text}\n}}").count(MASK) == shown.count(MASK)


PREFIXES = (
    *("sk-proj-", "sk-ant-api03-", "sk-", "sk_live_", "rk_live_", "hf_", "gsk_", "nvapi-"),
    *("xoxb-", "r8_", "pplx-", "AIza", "xai-", "tgp_v1_", "lsv2_pt_", "pcsk_", "tvly-", "fw_"),
    *("glpat-", "github_pat_", "ghp_", "npm_", "dop_v1_", "shpat_", "hvs.", "llx-", "jina_"),
)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_a_key_of_all_characters_leaves_no_tail(prefix: str) -> None:
    for number in range(60):
        body = drawn(44, URL_SAFE)
        shown = redact(f"call({prefix}{body}) # {number}")
        assert body[-8:] not in shown, body
        assert body[:8] not in shown, body


READABLE = (
    "password: str = Field(...)",
    "token = get_token()",
    "api_key=os.environ['API_KEY']",
    'api_key=os.environ["API_KEY"]',
    "api_key = config.api_key",
    "password=password",
    "token=request.headers.get('x-token')",
    "def login(user: str, password: str = None, token: Optional[str] = None) -> bool:",
    "login(user=user, password=form.password, secret_key=settings.SECRET_KEY_V2)",
    "const token = await getToken(user)",
    "interface A { token: string; apiKey: string | undefined }",
    "secret: true",
    "max_tokens=4096, num_tokens = 100000",
    "MAX_TOKENS=4096",
    "Authorization: Bearer <token>",
    "Authorization: Bearer $TOKEN",
    "Authorization: Bearer ${TOKEN}",
    "Authorization: Bearer {token}",
    "Authorization: Bearer ...",
    'headers = {"Authorization": f"Bearer {token}"}',
    'headers["Authorization"] = "Bearer " + token',
    "Authorization: Bearer YOUR_TOKEN_GOES_HERE",
    "WWW-Authenticate: Bearer error=invalid_token",
    "Bearer authentication is required",
    "Basic authentication is required",
    "X-Api-Key: <key>",
    "x_api_key: str = Header(None)",
    "GET /v1?api_key=$KEY",
    "GET /v1?key=name&sort=asc&code=de",
    "GET /v1/models?page=2&signature=none",
    "https://user@example.org/x",
    "ssh://git@github.com/a/b.git",
    "https://registry.npmjs.org/@scope/pkg@1.2.3",
    "http://localhost:8080/@vite/client",
    "postgres://app:${DB_PASSWORD}@db/prod",
    "redis://:{{ password }}@cache:6379/0",
    "password: ${{ secrets.DB_PASSWORD }}",
    "password: {{ .Values.password }}",
    "DB_PASSWORD=$DB_PASSWORD",
    "DB_PASSWORD=$(cat /run/secrets/db)",
    "token = token_1",
    "secret_path = /run/secrets/db",
    "TOKEN_URL=https://login.example.org/oauth2/token",
    "class sk-admin-dashboard-settings-panel",
    ".sk-proj-card-header-container { }",
    "fw_downloadAndInstallFirmwareImage(dev)",
    "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(x)",
    '"nvapi-get-physical-gpu-handles-from-display-output": 1',
    "xoxb-slack-bot-token-goes-right-here",
    "risk-assessment-7d9f8b6c5d-x2x4z is running",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "550e8400-e29b-41d4-a716-446655440000",
    "commit 0b5ccdf8f2b4b4a7c7e6a1b9d8f8d3c2a1b0e9f8",
    "def sign(private_key: Ed25519PrivateKey | Ed448PrivateKey, token: Token2022 = None) -> None:",
    'class Token:\n    """What a text is made of."""',
    'def next(self) -> Token:\n    """The next one."""',
    'for token in tokens:\n    line = b"%r"',
    "if token == expected: return secrets.compare_digest(token, expected)",
    "password-reset-link-for-the-account",
    "the secret: it is never shown to anyone",
)


@pytest.mark.parametrize("text", READABLE)
def test_code_and_prose_stay(text: str) -> None:
    assert redact(text) == text


# Of the processor, so that other work on the machine does not count.
MOST_SECONDS = 30
HOSTILE = (
    *("sk-", "a-", "a.", "a_", "eyJ", "eyJaaaaaaaa-", "eyJaaaaaaaa.", "token", "token-", "token="),
    *('token="', "token='\\", 'token="\\"', "token:", "token: a", "://", "a://", "://a:", "a:b@"),
    *("redis://:", "redis://a:b@", "Authorization: ", "Bearer ", "Basic ", "?sig=", "?key=a&", "'"),
    *("\\", '"\\', "\\n", "[", "token[", "AKIA", "SG.", "hf_", "https://hooks.slack.com/services/"),
    *("authorization: bearer ", "password : x =", "-----", "x" * 60 + "\n", "A" * 63 + "\\n"),
    *("--password ", "ENV A_TOKEN b", "<password>", "<token>a</", '"token","', "%3D", "token%3D"),
    *("name='token' value=", 'name="token" a="b" ', "SecretStr('", "login a password ", "token=a;"),
    *("token: a=", "password=abc1(", "token=token:", "'a' + 'hf_", "&amp;token="),
)


@pytest.mark.parametrize("unit", HOSTILE)
def test_no_text_takes_long(unit: str) -> None:
    """Of work that grows with the square of the text these would take hours, not seconds."""
    began = time.process_time()
    text = (unit * (300_000 // len(unit) + 1))[:300_000]
    redact(text)
    redact(f'token="{text}')
    redact(f"postgres://{text}")
    mask_literals(text)
    mask_literals(f'"{text}', cut=True)
    assert time.process_time() - began < MOST_SECONDS


def test_backslashes_do_not_take_for_ever() -> None:
    assert redact('token="' + "\\" * 5_001).startswith('token="')


@pytest.mark.parametrize("before", range(0, 4_400, 97))
def test_no_cut_leaves_half_of_a_key(before: int) -> None:
    key = "sk-" + "proj-" + drawn(120, URL_SAFE)
    text = "x " * (before // 2) + f"{key} " + "y " * 9_000
    assert key[:12] not in redacted_start(text, 1_000)
    (line,) = redacted_lines([text], 400)
    assert key[:12] not in line
    packed = f"{key} " * 300
    for limit in (400, 1_000):
        assert "sk-" not in redacted_start(packed, limit)
        assert "sk-" not in redacted_lines([packed], limit)[0]


def test_a_short_text_is_shown_whole() -> None:
    assert redacted_start("abc", 10) == "abc"
    assert redacted_start("a" * 50_000, 10) == "a" * 10
    assert redacted_lines(["ab", "c" * 500, "d" * 50_000], 400) == [
        "ab",
        "c" * 400 + " …",
        "d" * 400 + " …",
    ]


def test_a_literal_that_is_cut_is_masked() -> None:
    assert mask_literals('x = "abc', cut=True) == f'x = "{MASK}"'
    assert mask_literals('x = "abc\\', cut=True) == f'x = "{MASK}"'
    assert mask_literals("it isn't") == "it isn't"


def test_a_literal_of_several_lines_is_masked_and_its_lines_stay() -> None:
    shown = mask_literals('x = """hunter22\nfoo\n"""\ny = \'a\'')
    assert shown == f'x = """{MASK}\n\n"""\ny = \'{MASK}\''
    assert mask_literals('x = """hunter22\nfoo', cut=True) == f'x = """{MASK}\n"""'


PIECES = (
    *HOSTILE,
    *("MIIabcIBAAKC", "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----", "LS0tLS1CRUdJTi"),
    *(
        '"kty"',
        '"d": "',
        "Proc-Type: ",
        "Private-Lines: 1",
        "&key=",
        '"""',
        "\\u0022",
        "%0A",
        "]",
        "(",
    ),
)


@pytest.mark.parametrize("number", range(60))
def test_no_mixture_takes_long(number: int) -> None:
    dice = random.Random(number)
    began = time.process_time()
    for _ in range(6):
        unit = "".join(dice.choice(PIECES) for _ in range(dice.randint(1, 5)))
        redact((unit * (120_000 // len(unit) + 1))[:120_000])
    assert time.process_time() - began < MOST_SECONDS
