import jwt
from jose import jwt as jose_jwt


def unverified(token):
    # ruleid: jwt-without-verification
    return jwt.decode(token, options={"verify_signature": False})


def own_expiry(token, key):
    # ok: jwt-without-verification
    return jwt.decode(token, key, algorithms=["HS256"], options={"verify_exp": False})


def any_algorithm(token, key):
    # ruleid: jwt-without-verification
    return jwt.decode(token, key, algorithms=["HS256", "none"])


def chosen_by_caller(token, key):
    header = jwt.get_unverified_header(token)
    # ruleid: jwt-without-verification
    return jwt.decode(token, key, algorithms=[header["alg"]])


def claims(token):
    # ruleid: jwt-without-verification
    return jose_jwt.get_unverified_claims(token)


def verified(token, key):
    # ok: jwt-without-verification
    return jwt.decode(token, key, algorithms=["RS256"], audience="serving")


def strict(token, key):
    # ok: jwt-without-verification
    return jwt.decode(token, key, algorithms=["RS256"], options={"require": ["exp"], "verify_aud": True})


def by_key_id(token, keys):
    # ok: jwt-without-verification
    key = keys[jwt.get_unverified_header(token)["kid"]]
    # ok: jwt-without-verification
    return jwt.decode(token, key, algorithms=["ES256"])


def by_issuer(token, keys):
    # ok: jwt-without-verification
    issuer = jwt.decode(token, options={"verify_signature": False})["iss"]
    key = keys[issuer]
    return jwt.decode(token, key, algorithms=["RS256"], issuer=issuer)


def from_provider(response):
    id_token = response.json()["id_token"]
    # ok: jwt-without-verification
    return jwt.decode(id_token, options={"verify_signature": False})


def other(codec, token):
    # ok: jwt-without-verification
    return codec.decode(token, verify=False)
