import hashlib
from hashlib import md5 as fingerprint

import Cryptodome.Hash.MD5
from Crypto.Hash import MD5, SHA, SHA1, SHA256
from Crypto.Hash import SHA1 as SHA_ONE

ALGORITHM = "sha1"


def digests(data):
    # ruleid: broken-hash
    first = hashlib.md5(data)
    # ruleid: broken-hash
    second = hashlib.sha1()
    # ruleid: broken-hash
    third = hashlib.new("MD5", data)
    # ruleid: broken-hash
    fourth = hashlib.new(ALGORITHM)
    return first, second, third, fourth


def safe(data, name):
    # ok: broken-hash
    first = hashlib.sha256(data)
    # ok: broken-hash
    second = hashlib.md5(data, usedforsecurity=False)
    # ok: broken-hash
    third = hashlib.new("sha384")
    # ok: broken-hash
    fourth = hashlib.new(name)
    # ok: broken-hash
    fifth = hashlib.new("md5", data, usedforsecurity=False)
    return first, second, third, fourth, fifth


def other_libraries(data):
    # ruleid: broken-hash
    first = MD5.new(data)
    # ruleid: broken-hash
    second = SHA1.new()
    # ruleid: broken-hash
    third = SHA.new(data)
    # ruleid: broken-hash
    fourth = SHA_ONE.new(data=data)
    # ruleid: broken-hash
    fifth = Cryptodome.Hash.MD5.new(
        data,
    )
    # ruleid: broken-hash
    sixth = fingerprint(data)
    # ok: broken-hash
    seventh = SHA256.new(data)
    return first, second, third, fourth, fifth, sixth, seventh
