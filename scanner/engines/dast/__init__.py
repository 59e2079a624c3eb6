"""The dynamic engine: starts the endpoint, reads its specification, and lets probes talk to it."""
