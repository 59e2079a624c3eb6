import urllib.request

import httpx
import keras
import requests
import torch

TIMEOUT = 30


def fetch(address):
    # ruleid: unchecked-model-download
    urllib.request.urlretrieve("https://models.example.com/forest.joblib", "forest.joblib")
    # ruleid: unchecked-model-download
    a = requests.get("https://models.example.com/v2/net.onnx?download=true", timeout=TIMEOUT)
    # ruleid: unchecked-model-download
    b = httpx.get("https://host.example.com/org/name/resolve/main/model.safetensors")
    # ruleid: unchecked-model-download
    c = torch.hub.load_state_dict_from_url(address)
    # ruleid: unchecked-model-download
    d = keras.utils.get_file("w.h5", origin="https://models.example.com/w.h5")
    # ruleid: unchecked-model-download
    torch.hub.download_url_to_file("https://models.example.com/w.pth", "w.pth")
    # ok: unchecked-model-download
    e = requests.get("https://models.example.com/index.json", timeout=TIMEOUT)
    # ok: unchecked-model-download
    f = requests.get("http://localhost:9000/models/net.onnx", timeout=TIMEOUT)
    # ok: unchecked-model-download
    g = httpx.get(
        "https://host.example.com/org/name/resolve/5d2f9d4a1c3b7e8f60718293a4b5c6d7e8f90a1b/m.onnx"
    )
    # ok: unchecked-model-download
    h = torch.hub.load_state_dict_from_url(address, check_hash=True)
    # ok: unchecked-model-download
    i = keras.utils.get_file("words.txt", origin="https://models.example.com/words.txt")
    # ok: unchecked-model-download
    j = requests.post("https://models.example.com/net.onnx", timeout=TIMEOUT)
    return a, b, c, d, e, f, g, h, i, j
