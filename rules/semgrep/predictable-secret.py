import random
import secrets
import string

import numpy as np

SESSIONS = {}


def sign_up(user, response):
    # ruleid: predictable-secret
    user.api_key = "".join(random.choices(string.ascii_letters, k=32))
    # ruleid: predictable-secret
    reset_token = str(random.getrandbits(64))
    value = str(random.random())[2:]
    # ruleid: predictable-secret
    response.set_cookie("remember", value, secure=True)
    # ruleid: predictable-secret
    SESSIONS[user.name] = value
    return reset_token


def generate_session_id():
    # ruleid: predictable-secret
    return "%032x" % random.getrandbits(128)


def safe(user, response):
    # ok: predictable-secret
    user.api_key = secrets.token_urlsafe(32)
    # ok: predictable-secret
    otp = random.SystemRandom().randint(0, 999999)
    # ok: predictable-secret
    next_token = random.choice(["a", "b"])
    # ok: predictable-secret
    seed = random.randint(0, 2**32)
    # ok: predictable-secret
    noise = np.random.uniform(size=3)
    # ok: predictable-secret
    response.set_cookie("session", secrets.token_hex(16), secure=True)
    return otp, next_token, seed, noise


def corrupt(tokens, vocabulary):
    for place in range(len(tokens)):
        # ok: predictable-secret
        tokens[place] = random.choice(vocabulary)
    # ok: predictable-secret
    session_token = uuid.uuid4().hex
    return tokens, session_token
