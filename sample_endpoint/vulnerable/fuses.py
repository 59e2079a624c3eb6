"""What keeps the machine safe while the weaknesses stay real.

None of this would be in a real service of this kind; it lets the posture be attacked on a
developer's machine without harm to it.
"""

import pickle
import secrets
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sample_endpoint.core.registry import BUILT_IN

MAX_BODY_BYTES = 8_388_608
MAX_CHOICES = 256
MAX_UPSTREAM_BYTES = 262_144

EVAL_NAMES: Mapping[str, object] = {"__builtins__": {}}
"""What an expression can name. No protection, but a slip of a scanner stays arithmetic."""


class PlayPen:
    """A temporary folder that holds the model files, and beside them a decoy worth stealing."""

    def __init__(self) -> None:
        self._temporary = TemporaryDirectory(prefix="sample-endpoint-")
        self.root = Path(self._temporary.name).resolve()
        self.model_folder = self.root / "models"
        self.model_folder.mkdir()
        self.decoy = f"decoy-{secrets.token_hex(16)}"
        (self.root / "signing-key.md").write_text(self.decoy, encoding="utf-8")
        for model in BUILT_IN:
            (self.model_folder / f"{model.name}.md").write_text(
                f"{model.name} {model.version}: {model.description}", encoding="utf-8"
            )
            weights = pickle.dumps({"name": model.name, "version": model.version})
            (self.model_folder / f"{model.name}.pkl").write_bytes(weights)

    def keep_inside(self, path: Path) -> Path:
        """Blow (404) when a path leads out of the folder or to no file."""
        real = path.resolve()
        if not (real.is_relative_to(self.root) and real.is_file()):
            raise HTTPException(404, f"no file for {path}")
        return real

    def close(self) -> None:
        """Remove the folder."""
        self._temporary.cleanup()


class BodyFuse:
    """Refuses bodies that could exhaust the machine: far above what any limit should be."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        declared = Headers(scope=scope).get("content-length") if scope["type"] == "http" else None
        if declared is not None and declared.isdecimal() and int(declared) > MAX_BODY_BYTES:
            response = PlainTextResponse("request body over the fuse", status_code=413)
            await response(scope, receive, send)
            return
        await self.app(scope, receive, send)
