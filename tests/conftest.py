"""What all tests share."""

from __future__ import annotations

import os

from hypothesis import settings

# A busy machine is no failure: nothing here is about how fast one example goes.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# What one test's scan found is no answer to another's; tests of the cache name their own folder.
os.environ["SERVEGATE_CACHE"] = "off"
