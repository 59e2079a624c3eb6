import hashlib
import hmac

from fastapi import HTTPException

API_KEYS = {"from the environment"}


class Guard:
    def __init__(self, tokens):
        self.api_tokens = [f"Bearer {token}" for token in tokens]

    async def __call__(self, path, headers):
        # ruleid: secret-found-by-membership
        if path.startswith("/v1") and headers.get("Authorization") not in self.api_tokens:
            raise HTTPException(401)


def check(request):
    # ruleid: secret-found-by-membership
    return request.headers["X-API-Key"] in API_KEYS


def constant_time(request, digests):
    given = hashlib.sha256(request.headers["X-API-Key"].encode()).digest()
    # ok: secret-found-by-membership
    return any([hmac.compare_digest(given, known) for known in digests])


def scheme(request):
    # ok: secret-found-by-membership
    return request.headers.get("Authorization") in ("", None)


def other_header(request, keys):
    # ok: secret-found-by-membership
    return request.headers.get("Accept-Language") in keys


def presence(headers):
    # ok: secret-found-by-membership
    return "Authorization" in headers
