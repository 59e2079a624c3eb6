import base64
import io

import pybase64
import torch


def embed(body):
    # ruleid: tensor-decoded-from-text
    return torch.load(
        io.BytesIO(pybase64.b64decode(body, validate=True)),
        weights_only=True,
        map_location=torch.device("cpu"),
    )


def embed_in_steps(body):
    raw = base64.b64decode(body)
    # ruleid: tensor-decoded-from-text
    return torch.load(io.BytesIO(raw), weights_only=True)


def embed_checked(body):
    raw = base64.b64decode(body)
    with torch.sparse.check_sparse_tensor_invariants():
        # ok: tensor-decoded-from-text
        return torch.load(io.BytesIO(raw), weights_only=True)


def load_file(path, raw):
    # ok: tensor-decoded-from-text
    first = torch.load(path, weights_only=True)
    # ok: tensor-decoded-from-text
    second = torch.load(io.BytesIO(raw), weights_only=True)
    return first, second
