import hashlib

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
