import jwt


def stale(token, key):
    # ruleid: jwt-claims-unchecked
    return jwt.decode(token, key, algorithms=["RS256"], options={"verify_exp": False})


def anybody(token, key):
    # ruleid: jwt-claims-unchecked
    claims = jwt.decode(token, key, ["RS256"], options={"verify_aud": False, "verify_exp": True})
    return claims["sub"]


def plain(token, key):
    # ok: jwt-claims-unchecked
    return jwt.decode(token, key, algorithms=["RS256"], audience="model-endpoint")


def by_hand(token, key):
    # ok: jwt-claims-unchecked
    claims = jwt.decode(token, key, algorithms=["RS256"], options={"verify_aud": False})
    if claims.get("client_id") not in CLIENTS:
        raise PermissionError
    return claims


def required(token, key):
    # ok: jwt-claims-unchecked
    return jwt.decode(token, key, algorithms=["RS256"], options={"verify_exp": True})


def hint(token):
    # ok: jwt-claims-unchecked
    return jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
