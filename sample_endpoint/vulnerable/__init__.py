"""The endpoint with the mistakes that people make: for the scanner to find, on loopback only.

What is wrong is declared in `../weaknesses.toml`. A line that a static engine must see carries
the id of its weakness in a trailing comment.
"""
