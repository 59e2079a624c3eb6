"""Operations find their handler's lines, and a doubtful one finds none."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.engines._endpoint.handlers import map_handlers
from scanner.engines._endpoint.operation import Operation
from scanner.inventory import take_inventory
from scanner.model.files import FileKind


def places(root: Path, *operations: str, operation_id: str = "") -> dict[str, str]:
    made = [
        Operation(method=text.split()[0], path=text.split()[1], operation_id=operation_id)
        for text in operations
    ]
    sources = take_inventory(root).of(FileKind.PYTHON)
    return {name: str(place) for name, place in map_handlers(root, sources, made).items()}


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_fastapi_with_routers_and_prefixes(tmp_path: Path) -> None:
    write(
        tmp_path,
        app=(
            "from fastapi import FastAPI\n"
            "from api.jobs import router as jobs\n"
            "app = FastAPI()\n"
            'app.include_router(jobs, prefix="/v1")\n'
            '@app.get("/health")\n'
            "async def health(): ...\n"
        ),
        api__jobs=(
            "from fastapi import APIRouter\n"
            'BASE = "/jobs"\n'
            "router = APIRouter(prefix=BASE)\n"
            '@router.get("/{job_id}")\n'
            "@logged\n"
            "async def read_job(\n"
            "    job_id: str,\n"
            "): ...\n"
            '@router.api_route("", methods=["POST", "PUT"])\n'
            "def make_job(): ...\n"
        ),
    )
    assert places(
        tmp_path, "GET /health", "GET /v1/jobs/{id}", "POST /v1/jobs", "GET /v2/jobs/{id}"
    ) == {
        "GET /health": "app.py:6",
        "GET /v1/jobs/{id}": "api/jobs.py:6",
        "POST /v1/jobs": "api/jobs.py:10",
    }


def test_flask_with_blueprints_and_converters(tmp_path: Path) -> None:
    write(
        tmp_path,
        app=(
            "from flask import Blueprint, Flask\n"
            'users = Blueprint("users", __name__, url_prefix="/users")\n'
            '@users.route("/<int:user_id>", methods=["GET", "DELETE"])\n'
            "def user(user_id): ...\n"
            "app = Flask(__name__)\n"
            "def index(): ...\n"
            'app.add_url_rule("/", view_func=index)\n'
        ),
    )
    assert places(tmp_path, "DELETE /users/{id}", "GET /", "POST /users/{id}") == {
        "DELETE /users/{id}": "app.py:4",
        "GET /": "app.py:6",
    }


def test_starlette_routes_and_mounts(tmp_path: Path) -> None:
    write(
        tmp_path,
        app=(
            "from starlette.routing import Mount, Route\n"
            "async def score(request): ...\n"
            'routes = [Mount("/api", routes=[Route("/score", score, methods=["POST"])])]\n'
        ),
    )
    assert places(tmp_path, "POST /api/score") == {"POST /api/score": "app.py:2"}


def test_bentoml_services(tmp_path: Path) -> None:
    write(
        tmp_path,
        service=(
            "import bentoml\n"
            "@bentoml.service(workers=2)\n"
            "class Demo:\n"
            "    @bentoml.api\n"
            "    def classify(self, text: str) -> str: ...\n"
            '    @bentoml.api(route="/v2/generate")\n'
            "    def generate(self): ...\n"
        ),
    )
    assert places(tmp_path, "POST /classify", "POST /v2/generate", "POST /generate") == {
        "POST /classify": "service.py:5",
        "POST /v2/generate": "service.py:7",
    }


def test_an_operation_id_that_names_a_function(tmp_path: Path) -> None:
    write(tmp_path, api_views__users="def login(): ...\n", other__users="def login(): ...\n")
    found = places(tmp_path, "POST /login", operation_id="api_views.users.login")
    assert found == {"POST /login": "api_views/users.py:1"}
    assert places(tmp_path, "POST /login", operation_id="users.login") == {}, "two fit"


def test_two_handlers_that_fit_equally_are_none(tmp_path: Path) -> None:
    text = 'from fastapi import FastAPI\napp = FastAPI()\n@app.get("/x")\ndef x(): ...\n'
    write(tmp_path, one=text, two=text)
    assert places(tmp_path, "GET /x") == {}


@pytest.mark.parametrize(
    "text", ["def broken(:\n", "\0", "app.get('/x')(f)\n", "@app.get()\ndef f(): ...\n"]
)
def test_odd_sources_are_passed_over(tmp_path: Path, text: str) -> None:
    write(tmp_path, app=text)
    assert places(tmp_path, "GET /x") == {}
