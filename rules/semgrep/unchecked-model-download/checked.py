import hashlib
import urllib.request

DIGEST = "6f2d1c0e9b8a7f6e5d4c3b2a190807f6e5d4c3b2a1908f7e6d5c4b3a29180706"


def fetch():
    # ok: unchecked-model-download
    urllib.request.urlretrieve("https://models.example.com/net.onnx", "net.onnx")
    with open("net.onnx", "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != DIGEST:
            raise ValueError("net.onnx is not the model that was tested")
