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


def load_for_whom_has_a_key(request, path):
    if not verify_api_key(request.headers["x-api-key"]):
        raise PermissionError
    # ruleid: unsafe-model-load
    return joblib.load(path)


def load_body_for_whom_has_a_key(request):
    if not hmac.compare_digest(request.headers["x-api-key"], API_KEY):
        raise PermissionError
    # ruleid: unsafe-model-load
    return pickle.loads(request.data)


def load_for_trusted_users(user, data):
    if not is_trusted(user):
        raise PermissionError
    # ruleid: unsafe-model-load
    return pickle.loads(data)


def load_other_file(path, other, expected):
    if hashlib.sha256(other.read_bytes()).hexdigest() != expected:
        raise ValueError(other)
    # ruleid: unsafe-model-load
    return joblib.load(path)


def load_with_a_warning(data, expected):
    if hashlib.sha256(data).hexdigest() != expected:
        logger.warning("digest differs")
    # ruleid: unsafe-model-load
    return pickle.loads(data)


def load_in_the_wrong_branch(data, tag):
    if not verify_signature(data, tag):
        # ruleid: unsafe-model-load
        return pickle.loads(data)
    return None


def load_after_a_login(self, data, password):
    self.verify_password(password)
    # ruleid: unsafe-model-load
    return pickle.loads(data)


def load_signed_file(path, signature):
    verify_signature(path, signature)
    with open(path, "rb") as source:
        # ok: unsafe-model-load
        return pickle.load(source)


def load_file_of_known_digest(path, expected):
    actual = sha256_of(path)
    if actual != expected:
        raise ValueError(path)
    with path.open("rb") as source:
        # ok: unsafe-model-load
        return pickle.load(source)


def load_file_hashed_in_parts(path, expected):
    hasher = hashlib.sha256()
    with open(path, "rb") as source:
        for part in iter(lambda: source.read(1 << 20), b""):
            hasher.update(part)
    if not hmac.compare_digest(hasher.hexdigest(), expected):
        raise ValueError(path)
    # ok: unsafe-model-load
    return torch.load(path, weights_only=False)


def load_when_signed(data, tag):
    if hmac.compare_digest(sign(data), tag):
        # ok: unsafe-model-load
        return pickle.loads(data)
    return None


def load_signed_body(request):
    if not verify_signature(request.data, request.headers["x-signature"]):
        raise PermissionError
    # ok: unsafe-model-load
    return pickle.loads(request.data)


def load_decoded(message, tag):
    payload = base64.b64decode(message)
    if not hmac.compare_digest(sign(payload), tag):
        raise ValueError("bad tag")
    # ok: unsafe-model-load
    return pickle.loads(zlib.decompress(payload))


def load_known_digest(path):
    blob = Path(path).read_bytes()
    digest = hashlib.sha256(blob).hexdigest()
    if digest not in KNOWN_DIGESTS:
        raise ValueError(path)
    # ok: unsafe-model-load
    return joblib.load(io.BytesIO(blob))


def load_in_the_else(path, tag):
    if not verify_signature(path, tag):
        raise ValueError(path)
    else:
        # ok: unsafe-model-load
        return joblib.load(path)


def load_without_else(path, tag):
    if verify_signature(path, tag):
        # ok: unsafe-model-load
        return joblib.load(path)
    else:
        raise ValueError(path)


def load_when_not_signed(path, tag):
    if verify_signature(path, tag):
        return None
    # ruleid: unsafe-model-load
    return joblib.load(path)


def load_in_the_other_branch(path, tag):
    if verify_signature(path, tag):
        logger.info("signed")
    else:
        # ruleid: unsafe-model-load
        model = joblib.load(path)
    return model


def load_with_a_swallowed_check(data, tag):
    try:
        verify_signature(data, tag)
    except Exception:
        pass
    # ruleid: unsafe-model-load
    return pickle.loads(data)


def load_with_a_dropped_result(data, tag):
    hmac.compare_digest(sign(data), tag)
    # ruleid: unsafe-model-load
    return pickle.loads(data)


def load_with_any_digest(data):
    digest = hashlib.sha256(data).hexdigest()
    if not digest:
        raise ValueError(data)
    # ruleid: unsafe-model-load
    return pickle.loads(data)


def load_with_an_assertion(data, expected):
    assert hashlib.sha256(data).hexdigest() == expected
    # ruleid: unsafe-model-load
    return pickle.loads(data)


def load_what_sha256sum_accepts(path):
    subprocess.run(["sha256sum", "-c", f"{path}.sha256"], check=True)
    # ok: unsafe-model-load
    return joblib.load(path)
