import html
import json

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from flask import Flask, jsonify, make_response, render_template, request

app = Flask(__name__)
api = FastAPI()


@app.route("/hello")
def hello():
    name = request.args.get("name", "")
    # ruleid: untrusted-input-in-html
    return f"<h1>Hello {name}</h1>"


@app.route("/list")
def listed():
    page = "<ul>"
    page += "<li>{}</li>".format(request.form["item"])
    # ruleid: untrusted-input-in-html
    return page


@api.get("/answer", response_class=HTMLResponse)
def answer(prompt: str):
    # ruleid: untrusted-input-in-html
    return HTMLResponse("<p>" + prompt + "</p>")


@app.route("/escaped")
def escaped():
    name = html.escape(request.args.get("name", ""))
    # ok: untrusted-input-in-html
    return f"<h1>Hello {name}</h1>"


@app.route("/json")
def as_json():
    # ok: untrusted-input-in-html
    return jsonify(name=request.args["name"])


@app.route("/dict")
def as_dict():
    # ok: untrusted-input-in-html
    return {"name": request.args["name"]}


@app.route("/text")
def as_text():
    # ok: untrusted-input-in-html
    return json.dumps([request.args["name"]])


@app.route("/page")
def page():
    # ok: untrusted-input-in-html
    return render_template("page.html", name=request.args["name"])


@app.route("/predict", methods=["POST"])
def predict():
    # ok: untrusted-input-in-html
    return model.predict(request.get_json()["inputs"])


@app.route("/number")
def number():
    # ok: untrusted-input-in-html
    return f"<p>{int(request.args['n']) * 2}</p>"


@app.route("/header")
def header():
    # ok: untrusted-input-in-html
    return make_response(("done", {"X-Name": request.args["name"]}))
