"""Every value type of servegate, and the two protocols. Imports nothing else of ours."""
