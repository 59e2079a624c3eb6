import json
import pickle
import pickle as pkl
from multiprocessing.reduction import ForkingPickler

import cloudpickle
import joblib
import keras
import numpy as np
import pandas as pd
import torch
from safetensors.torch import load_file
from torch import load as torch_load


def load_pickles(path, data, socket):
    with open(path, "rb") as source:
        # ruleid: unsafe-model-load
        model = pickle.load(source)
    # ruleid: unsafe-model-load
    other = pkl.loads(data)
    # ruleid: unsafe-model-load
    function = cloudpickle.loads(data)
    # ruleid: unsafe-model-load
    tensor = ForkingPickler.loads(data)
    # ruleid: unsafe-model-load
    message = socket.recv_pyobj()
    # ruleid: unsafe-model-load
    forest = joblib.load(path)
    # ruleid: unsafe-model-load
    frame = pd.read_pickle(path)
    unpickler = pickle.Unpickler(source)
    # ruleid: unsafe-model-load
    last = unpickler.load()
    return model, other, function, tensor, message, forest, frame, last


def load_weights(path, checked, options):
    # ruleid: unsafe-model-load
    a = torch.load(path)
    # ruleid: unsafe-model-load
    b = torch_load(path, map_location="cpu", weights_only=False)
    # ruleid: unsafe-model-load
    c = np.load(path, allow_pickle=True)
    # ruleid: unsafe-model-load
    d = keras.models.load_model(path, safe_mode=False)
    # ruleid: unsafe-model-load
    e = torch.hub.load("owner/name:v1", "model", trust_repo=True)
    # ruleid: unsafe-model-load
    f = FAISS.load_local(path, embeddings, allow_dangerous_deserialization=True)
    return a, b, c, d, e, f


def load_safely(path, checked, options, data):
    # ok: unsafe-model-load
    a = torch.load(path, map_location="cpu", weights_only=True)
    # ok: unsafe-model-load
    b = torch.load(path, weights_only=checked)
    # ok: unsafe-model-load
    c = torch.load(path, **options)
    # ok: unsafe-model-load
    d = np.load(path)
    # ok: unsafe-model-load
    e = np.load(path, allow_pickle=False)
    # ok: unsafe-model-load
    f = json.loads(data)
    # ok: unsafe-model-load
    g = load_file(path)
    # ok: unsafe-model-load
    h = keras.models.load_model(path)
    # ok: unsafe-model-load
    i = pickle.loads(pickle.dumps(g))
    # ok: unsafe-model-load
    j = pickle.dumps(g)
    # ok: unsafe-model-load
    k = FAISS.load_local(path, embeddings)
    # ok: unsafe-model-load
    m = torch.hub.load("owner/name:v1", "model", trust_repo="check")
    return a, b, c, d, e, f, g, h, i, j, k, m


class Registry:
    def load(self, name):
        # ok: unsafe-model-load
        return self.loader.load(name)


def load_with_consent(path, allow_dangerous_deserialization=False):
    if not allow_dangerous_deserialization:
        raise ValueError("set allow_dangerous_deserialization")
    with open(path, "rb") as source:
        # ok: unsafe-model-load
        return pickle.load(source)


def load_by_environment(path):
    if not strtobool(os.environ.get("TRUST_REMOTE_CODE", "False")):
        raise ValueError("set TRUST_REMOTE_CODE")
    # ok: unsafe-model-load
    return joblib.load(path)


def load_what_was_built(path, expected):
    data = Path(path).read_bytes()
    if hashlib.sha256(data).hexdigest() != expected:
        raise ValueError(path)
    # ok: unsafe-model-load
    return pickle.loads(data)


def load_what_was_signed(message, tag):
    if not hmac.compare_digest(sign(message), tag):
        raise ValueError("bad tag")
    # ok: unsafe-model-load
    return cloudpickle.loads(message)


def load_when_there_is_one(path):
    if not path.exists():
        raise FileNotFoundError(path)
    # ruleid: unsafe-model-load
    return joblib.load(path)


def load_any_length(data):
    if len(data) != 4:
        raise ValueError(data)
    # ruleid: unsafe-model-load
    return pickle.loads(data)
