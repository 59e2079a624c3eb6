"""Models from a hub, for deployments that have its library; nothing calls this at run time."""

from __future__ import annotations

import importlib


def load_from_hub(name: str) -> object:
    """Load a model by its hub name."""
    transformers = importlib.import_module("transformers")
    loader = transformers.AutoModel
    return loader.from_pretrained(name, trust_remote_code=True)  # weakness: remote-code
