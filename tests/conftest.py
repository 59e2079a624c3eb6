"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A busy machine is no failure: nothing here is about how fast one example goes.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
