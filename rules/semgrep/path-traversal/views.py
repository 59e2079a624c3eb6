from pathlib import Path

from django.http import FileResponse, HttpRequest

STORE = Path("/srv/exports")


def export(request: HttpRequest, name: str) -> FileResponse:
    # ruleid: path-traversal
    return FileResponse(open(STORE / name, "rb"))
