from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from flask import Flask
from flask_cors import CORS
from starlette.middleware import Middleware

app = FastAPI()
flask_app = Flask(__name__)
everyone = ["*"]
ours = ["https://app.example.com"]

# ruleid: permissive-cors
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=True)
# ruleid: permissive-cors
app.add_middleware(
    CORSMiddleware,
    allow_credentials=True,
    allow_methods=["*"],
    allow_origins=everyone,
)
# ruleid: permissive-cors
middleware = [Middleware(CORSMiddleware, allow_origin_regex="https?://.*", allow_credentials=True)]
# ruleid: permissive-cors
CORS(flask_app, supports_credentials=True)
# ruleid: permissive-cors
CORS(flask_app, resources={r"/v1/*": {"origins": "*"}}, supports_credentials=True)

# ok: permissive-cors
app.add_middleware(CORSMiddleware, allow_origins=["*"])
# ok: permissive-cors
app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_credentials=False)
# ok: permissive-cors
app.add_middleware(CORSMiddleware, allow_origins=ours, allow_credentials=True, allow_headers=["*"])
# ok: permissive-cors
app.add_middleware(CORSMiddleware, allow_origin_regex=r"https://.*\.example\.com", allow_credentials=True)
# ok: permissive-cors
CORS(flask_app, origins=["https://app.example.com"], supports_credentials=True)
# ok: permissive-cors
CORS(flask_app)


def public(response):
    # ok: permissive-cors
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def private(response):
    # ruleid: permissive-cors
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Credentials"] = "true"
    return response
