from flask import Flask

app = Flask(__name__)
# ruleid: insecure-cookie
app.config["SESSION_COOKIE_SECURE"] = False
# ok: insecure-cookie
app.config["SESSION_COOKIE_SECURE"] = True


def sign_in(response, token, options, settings):
    # ruleid: insecure-cookie
    response.set_cookie("theme", "dark", secure=False, httponly=True)
    # ruleid: insecure-cookie
    response.set_cookie(key="access_token", value=token, httponly=True)
    # ok: insecure-cookie
    response.set_cookie("session", token, secure=True, httponly=True)
    # ok: insecure-cookie
    response.set_cookie("session", token, secure=settings.https)
    # ok: insecure-cookie
    response.set_cookie("session", token, **options)
    # ok: insecure-cookie
    response.set_cookie("theme", "dark")
    return response


def log_out(response):
    # ok: insecure-cookie
    response.set_cookie("session", "", max_age=0)
    # ok: insecure-cookie
    response.set_cookie("session", "", expires=0)
    # ruleid: insecure-cookie
    response.set_cookie("session", "a", max_age=3600)
