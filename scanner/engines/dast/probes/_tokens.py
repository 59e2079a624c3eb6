"""JSON web tokens, as far as forging them needs: RFC 7519, with signatures by HMAC (RFC 7518)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping

from scanner.model.values import Value

_HASHES = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
_TOKEN = re.compile(r"([\w-]{8,})\.([\w-]{4,})\.([\w-]{8,})")

_WORDS = """
    secret random changeme password jwt key secretkey secret_key secret-key jwtsecret jwt_secret
    jwt-secret jwtkey jwt_key jwt-key mysecret my_secret my-secret mysecretkey my_secret_key
    my-secret-key supersecret super_secret super-secret supersecretkey super_secret_key
    super-secret-key topsecret top_secret top-secret verysecret very_secret very-secret
    your_secret your-secret yoursecret your_secret_key your-secret-key your-256-bit-secret
    your-384-bit-secret your-512-bit-secret your_jwt_secret your-jwt-secret your_jwt_secret_key
    thisisasecret this_is_a_secret this-is-a-secret thisissecret thisisasecretkey
    this_is_a_secret_key SECRET SECRET_KEY Secret SecretKey JWT_SECRET JWT JWT_SECRET_KEY
    changeit change_me change-me changeme123 change_this change-this changethis CHANGEME CHANGE_ME
    password1 password123 passw0rd p@ssw0rd P@ssw0rd Password Password1 pass pass123 passwd pwd
    admin admin123 administrator root toor user test test123 testing tester testkey test_key
    test-key testsecret test_secret test-secret demo demokey demosecret dev devkey devsecret
    dev_secret dev-secret dev-secret-key development debug local localhost example example_key
    default default_secret defaultsecret sample temp tmp token tokensecret token_secret
    token-secret auth authsecret auth_secret auth-secret auth_key access access_secret
    accesssecret access-secret refresh refresh_secret session sessionsecret session_secret
    session-secret app appsecret app_secret app-secret appkey api apikey api_key api-key apisecret
    api_secret api-secret server private privatekey private_key private-key public signing
    signing_key signing-key signature hmac hs256 HS256 sha256 crypto cipher shared sharedsecret
    shared_secret master masterkey master_key foo bar foobar abc abc123 abcd1234 123 1234 12345
    123456 1234567 12345678 123456789 1234567890 qwerty qwerty123 letmein welcome iloveyou monkey
    dragon football baseball hello helloworld flask django fastapi express node python java laravel
    spring rails
"""
COMMON_SECRETS: tuple[str, ...] = tuple(_WORDS.split())


class Token(Value):
    """A signed token in a header value: the text before it, its parts, and what they say."""

    prefix: str
    header: Mapping[str, object]
    claims: Mapping[str, object]
    parts: tuple[str, str, str]

    def altered(self) -> str:
        """The header value with a random signature of the same length."""
        size = len(_decoded(self.parts[2]) or b"")
        return self._value(self.parts[0], self.parts[1], _encoded(secrets.token_bytes(size)))

    def stripped(self) -> str:
        """The header value without the signature."""
        return self._value(self.parts[0], self.parts[1], "")

    def unsigned(self, name: str) -> str:
        """The header value with `name` for an algorithm, and no signature."""
        header = _encoded(json.dumps({**self.header, "alg": name}).encode())
        return self._value(header, self.parts[1], "")

    def signed(self, secret: str, **claims: object) -> str:
        """The header value with other claims, signed with `secret` as the original was."""
        payload = _encoded(json.dumps({**self.claims, **claims}).encode())
        signature = self._signature(secret, f"{self.parts[0]}.{payload}")
        return self._value(self.parts[0], payload, _encoded(signature))

    def secret(self) -> str | None:
        """The common word that the token was signed with, if it was one."""
        if self.header.get("alg") not in _HASHES:
            return None
        whole = _decoded(self.parts[2])
        text = f"{self.parts[0]}.{self.parts[1]}"
        return next((one for one in COMMON_SECRETS if self._signature(one, text) == whole), None)

    def _signature(self, secret: str, text: str) -> bytes:
        kind = _HASHES[str(self.header.get("alg"))]
        return hmac.new(secret.encode(), text.encode(), kind).digest()

    def _value(self, *parts: str) -> str:
        return self.prefix + ".".join(parts)


def token_in(value: str) -> Token | None:
    """The signed token that a header value ends with, None if there is none."""
    match = _TOKEN.search(value)
    if match is None or match.end() != len(value):
        return None
    header, claims = _object(match[1]), _object(match[2])
    if header is None or claims is None or "alg" not in header:
        return None
    return Token(value[: match.start()], header, claims, (match[1], match[2], match[3]))


def _object(part: str) -> dict[str, object] | None:
    try:
        value = json.loads(_decoded(part) or b"")
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _decoded(part: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return None


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
