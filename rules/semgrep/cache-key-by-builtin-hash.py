import hashlib


def hash_block_tokens(parent, tokens, extra):
    # ruleid: cache-key-by-builtin-hash
    return Block(hash((parent, tuple(tokens), extra)), tokens)


def answer(prompt, cache):
    # ruleid: cache-key-by-builtin-hash
    cache_key = f"answer-{hash(prompt)}"
    return cache.get(cache_key)


class Tokens:
    def __hash__(self):
        # ok: cache-key-by-builtin-hash
        return hash(self.tokens)


def shard(worker, prompt):
    # ok: cache-key-by-builtin-hash
    index = hash(worker) % 8
    # ok: cache-key-by-builtin-hash
    cache_key = hashlib.sha256(prompt).hexdigest()
    return index, cache_key


def hash_salted_block(parent, tokens):
    if not parent:
        parent = hash("None")
    # ok: cache-key-by-builtin-hash
    return Block(hash((parent, tuple(tokens))), tokens)
