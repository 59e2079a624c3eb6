import hmac
import os

from fastapi import Header, HTTPException


def by_parameter(x_api_key: str = Header()):
    # ruleid: secret-compared-with-equality
    if x_api_key != settings.api_key:
        raise HTTPException(401)


def by_environment(token: str):
    # ruleid: secret-compared-with-equality
    return token == os.environ["SERVICE_TOKEN"]


def by_list(token: str, valid_tokens: set):
    # ruleid: secret-compared-with-equality
    return token in valid_tokens


def by_header(request, expected):
    # ruleid: secret-compared-with-equality
    if request.headers.get("Authorization") != f"Bearer {expected}":
        raise HTTPException(401)


def by_literal(password):
    # ruleid: secret-compared-with-equality
    return password == "correct-horse-battery"


def in_constant_time(given: str):
    # ok: secret-compared-with-equality
    if not hmac.compare_digest(given, settings.api_key):
        raise HTTPException(401)
    # ok: secret-compared-with-equality
    if settings.api_key == "":
        raise RuntimeError
    # ok: secret-compared-with-equality
    if settings.api_key is None or settings.api_key == None:
        raise RuntimeError


def change(password, password_confirm):
    # ok: secret-compared-with-equality
    return password == password_confirm


def decode(token, tokenizer, stop_tokens, api_key):
    # ok: secret-compared-with-equality
    if token == tokenizer.eos_token:
        return ""
    # ok: secret-compared-with-equality
    if token in stop_tokens:
        return ""
    # ok: secret-compared-with-equality
    if api_key == "EMPTY":
        return ""
    # ok: secret-compared-with-equality
    if "api_key" in settings:
        return ""
    # ok: secret-compared-with-equality
    return settings.auth_type == "api_key"


def by_record(record, payload, breakdown, api_key, level):
    # ok: secret-compared-with-equality
    if record.api_key != payload["api_key"]:
        return False
    # ok: secret-compared-with-equality
    if api_key not in breakdown.api_keys:
        return False
    # ok: secret-compared-with-equality
    if record.api_key == SENTINEL_API_KEY:
        return False
    # ok: secret-compared-with-equality
    return level == GROUP_BY_API_KEY


def by_name(key, metadata):
    # ok: secret-compared-with-equality
    if key == "PROVIDER_SECRET_KEY":
        return metadata
    # ok: secret-compared-with-equality
    return {k: v for key, v in metadata.items() if key != METADATA_KEY}


def by_constant(authorization):
    # ruleid: secret-compared-with-equality
    if authorization != SERVICE_API_KEY:
        raise HTTPException(401)


class Client:
    def __eq__(self, other):
        # ok: secret-compared-with-equality
        return self.api_key == other.api_key
