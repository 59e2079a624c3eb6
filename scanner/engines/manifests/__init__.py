"""Our own policies over Kubernetes manifests, meshes and gateways, across all files at once."""

from scanner.engines.manifests.engine import Manifests

__all__ = ["Manifests"]
