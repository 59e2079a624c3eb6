import flask
from flask import Flask, request, session

app = Flask(__name__)


@app.route("/login", methods=["POST"])
def login():
    # ruleid: untrusted-session-entry
    session["user_id"] = request.form["user"]
    # ruleid: untrusted-session-entry
    flask.session[request.args["key"]] = "1"
    user = authenticate(request.form["user"], request.form["password"])
    # ok: untrusted-session-entry
    session["user"] = user.id
    # ok: untrusted-session-entry
    session["page"] = int(request.args["page"])
    # ok: untrusted-session-entry
    session["seen"] = True
    return "ok"
