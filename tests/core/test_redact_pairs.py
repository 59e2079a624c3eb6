"""A value leaves wherever its name stands: inside another value, behind any sign, in any syntax."""

from __future__ import annotations

import base64
import json
import random
import string

import pytest

from scanner.redact import MASK, is_secret_header, redact

DRAW = random.Random(57)
VALUE = "".join(DRAW.choice(string.ascii_letters + string.digits) for _ in range(24))
WORD = "hunter2hunter2"
SIGNED = f"{VALUE}%3D"
INSIDE = (
    "https://x/?api_key={}",
    "http://127.0.0.1:8000/x?token={}",
    "https://host/m.bin?X-Amz-Signature={}",
    "https://host/m.bin?a=1&X-Amz-Security-Token={}",
    "https://host/cb#access_token={}",
    "url=https://h?token={}",
    "--url=https://h/m?token={}",
    'requests.get("https://models.example/m.bin?token={}", verify=False)',
    "curl -k --url=https://h/m?token={} -o x",
    "env: COHERE_API_KEY={}",
    "INFO: DB_PASSWORD={}",
    "2026-01-01T00:00:00: level=INFO: api_key={}",
    "cmd: --token={}",
    "cmd=--token={}",
    "Location: /cb?access_token={}",
    '{{"detail":"bad: password={}"}}',
    '{{"detail":"bad: password: {}"}}',
    'error: {{"message": "token={}"}}',
    "a=b=c:password={}",
    "x: y: secret: {}",
    'run: export VOYAGE_API_KEY="{}"',
    'command: ["sh", "-c", "VOYAGE_API_KEY={} serve"]',
    "step: RUN=1 API_KEY='{}' serve",
    '{{"env": {{"url": "https://h?token={}"}}}}',
    "redirect=https%3A%2F%2Fh%2F%3Ftoken%3D{}",
    "next=%2Fcb%26password%3D{}%26x%3D1",
    "https://h/x?a=1\\u0026token={}",
    '<a href="https://h/x?a=1&amp;token={}">',
)
SYNTAX = (
    "password = f'{}'",
    'password = rb"{}"',
    'string password = @"{}";',
    '["--api-key", "{}"]',
    'CMD ["serve", "--api-key", "{}"]',
    "args: [--api-key, {}]",
    "args:\n  - --api-key\n  - {}",
    'args:\n  - "--api-key"\n  - "{}"',
    "serve --password {} --port 1",
    "serve --api-key '{}'",
    "SecretStr('{}')",
    "os.getenv('DB_PASSWORD','{}')",
    'os.environ.get("API_TOKEN", "{}")',
    'os.environ.setdefault("API_TOKEN", "{}")',
    'monkeypatch.setenv("API_TOKEN", "{}")',
    "<password>{}</password>",
    "<ns:clientSecret>{}</ns:clientSecret>",
    '<add key="Password" value="{}"/>',
    '<input name="csrf_token" type="hidden" value="{}">',
    '{{"name": "API_TOKEN", "value": "{}"}}',
    "Server=a;Pwd={};Database=b",
    "java -Dpassword={} -jar x.jar",
    "password%3D{}",
    "%22password%22%3A%22{}%22",
    "ENV WANDB_API_KEY {}",
    "set -gx WANDB_API_KEY {}",
    "machine example.org login me password {}",
    "//registry.example/:_authToken={}",
    "password := `{}`",
    ":password => '{}'",
    "password => {}",
    'token = ("{}")',
    "token = (\n    '{}'\n)",
    "token = os.environ.get('X') or '{}'",
    "token = given if given else '{}'",
    "const token = process.env.TOKEN || '{}'",
    'HTTPBasicAuth("me", "x"); get(url, auth=("me", "{}"))',
    "get(url, auth=HTTPBasicAuth('me', '{}'))",
    "curl -u me:{} https://h",
    '<property name="password">{}</property>',
    "password\\u003d{}",
    "x%3Fpassword%253D{}%2526y",
    "{{&quot;password&quot;:&quot;{}&quot;}}",
)


@pytest.mark.parametrize("value", [VALUE, WORD])
@pytest.mark.parametrize("form", [*INSIDE, *SYNTAX])
def test_it_is_masked(form: str, value: str) -> None:
    if value == WORD and "Signature" in form:
        return
    text = form.format(value)
    for whole in (text, f"first\n{text}\nlast", f"  {text}  "):
        shown = redact(whole)
        assert value not in shown
        assert value[-6:] not in shown
        assert MASK in shown
        assert shown.count("\n") == whole.count("\n")


def test_a_signature_of_an_address_is_masked() -> None:
    assert VALUE not in redact(f"https://host/m.bin?sig={SIGNED}")
    assert VALUE not in redact(f"https://host/m.bin?se=1&sig={VALUE}")


@pytest.mark.parametrize("depth", range(4))
def test_json_in_json_in_json(depth: int) -> None:
    text = json.dumps({"a": 1, "password": WORD, "b": "after"})
    for _ in range(depth):
        text = json.dumps({"body": text})
    shown = redact(text)
    assert WORD not in shown
    assert "after" in shown
    for _ in range(depth):
        shown = json.loads(shown)["body"]
    assert json.loads(shown) == {"a": 1, "password": MASK, "b": "after"}


def test_a_login_of_a_registry_is_masked() -> None:
    coded = base64.b64encode(b"me:hunter22").decode()
    shown = redact(json.dumps({"auths": {"https://index.docker.io/v1/": {"auth": coded}}}))
    assert coded not in shown
    assert coded not in redact(f"_auth={coded}")


HEADERS = (
    *("Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-API-Key", "Api-Key"),
    *(
        "X-Auth-Token",
        "X-Session-Token",
        "X-Amz-Security-Token",
        "X-Access-Token",
        "X-Goog-Api-Key",
    ),
    *("Ocp-Apim-Subscription-Key", "X-Vault-Token", "Private-Token", "X-CSRF-Token", "X-Auth"),
    *("X-Functions-Key", "X-Session-Id", "X-Forwarded-Access-Token", "Cf-Access-Jwt-Assertion"),
    *("x-goog-iap-jwt-assertion", "X-Client-Secret", "X-Admin-Password", "ApiKey", "apikey"),
)


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_of_a_credential_is_known(name: str) -> None:
    assert is_secret_header(name)
    assert is_secret_header(name.lower())
    assert VALUE not in redact(f"{name}: {VALUE}")


@pytest.mark.parametrize(
    "name",
    [
        *("Content-Type", "WWW-Authenticate", "X-Request-Id", "Sec-WebSocket-Key", "Surrogate-Key"),
        *("Idempotency-Key", "ETag", "X-RateLimit-Remaining-Tokens", "Vary", "X-Author", "Server"),
        *(
            "Access-Control-Allow-Headers",
            "Strict-Transport-Security",
            "X-Powered-By",
            "X-Cache-Key",
        ),
    ],
)
def test_another_header_is_none(name: str) -> None:
    assert not is_secret_header(name)


READABLE = (
    "https://x/?page=2&sort=asc",
    "url=https://h/x?q=name",
    "env: MODEL=llama-3.1-8b-instruct",
    "tokenname = '_'.join(x)",
    '"output_token": "NextToken"',
    '"input_token": ["Marker"]',
    "secret_type = 'Slack Token'",
    "token_type = 'bearer2'",
    'pad_token = "[PAD]"',
    'eos_token: "</s>"',
    'password_field = "passwd"',
    'parser.add_argument("--password", "-p", help="of the store")',
    'parser.add_argument("--api-key", default=None)',
    '@click.option("--api-key", "api_key", required=True)',
    'fields = ["username", "password", "email"]',
    '("token", "refresh_token")',
    '["password", "sha256"]',
    'os.getenv("DB_PASSWORD", "")',
    'os.environ.get("API_TOKEN", None)',
    'os.environ.get("API_KEY", os.environ["TOKEN"])',
    "token = f'{header}.{body}'",
    'auth = f"Bearer {token}"',
    'password = f"{prefix}"',
    "the options --password and --token are required",
    "serve --api-key $API_KEY --token ${TOKEN} --password %PASSWORD%",
    "serve --api-key <key> --max-tokens 100",
    "docker run -e API_KEY -e TOKEN image",
    "PWD=/usr/src/app-2;cd ..",
    "SecretStr(os.environ['X'])",
    "api_key: SecretStr = Field(...)",
    "<label>Password</label>",
    "<Password>{value}</Password>",
    "<token>",
    "List<Token> tokens",
    "if token > 5 and password </x",
    '<input name="password" type="password">',
    '<add key="Timeout" value="30s1m"/>',
    "code%3D200%26token%3D",
    "set token to null",
    "ENV TOKENIZERS_PARALLELISM false",
    '{"password": "\' OR 1=1 --"}',
    "{\"password\": \"' OR '1'='1\"}",
    '{"token": "{{7*7}}"}',
    '{"secret": "../../../../etc/passwd"}',
    "username=x' OR '1'='1&password=x' OR '1'='1",
    "https://evil:8080@target/",
    'token = ("NextToken")',
    'Recipe(form=True, token="access_token")',
    "[model-server-mounts-token](#model-server-mounts-token): Model server is given one",
    '("pass=", "session")',
    "token = os.environ.get('X') or 'none'",
    'token = os.environ["A1"] or read("b2")',
    "docker run -u 1000:1000 image",
    '<label for="password">Password</label>',
    'auth = ("user", password)',
    '{"auth": "required"}',
    "auth=basic",
    'session = "requests"',
)


@pytest.mark.parametrize("text", READABLE)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redact(text) == text


def test_what_follows_a_value_stays() -> None:
    shown = redact(f"https://h/x?token={VALUE}&page=2 then")
    assert shown == f"https://h/x?token={MASK}&page=2 then"
    assert redact(f"next=%3Ftoken%3D{VALUE}%26page%3D2") == f"next=%3Ftoken%3D{MASK}%26page%3D2"
    assert redact(f"a --password {VALUE} --port 1") == f"a --password {MASK} --port 1"
    assert redact(f"<password>{VALUE}</password><a/>") == f"<password>{MASK}</password><a/>"
