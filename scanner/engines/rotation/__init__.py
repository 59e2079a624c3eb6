"""The rotation check: what the secret manager says of a key, and what the endpoint does with it.

`rules` holds what is looked for, `judge` decides purely from facts, `engine` fetches the facts.
"""

from scanner.engines.rotation.engine import Rotation, RotationOptions

__all__ = ["Rotation", "RotationOptions"]
