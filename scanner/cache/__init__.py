"""What engines found in files that have not changed since: remembered, checked, and never needed.

`store.py` keeps checked bytes under names, `codec.py` turns findings to bytes and back, `engine.py`
puts an engine behind both. Whatever is wrong with the cache costs time and nothing else.
"""
