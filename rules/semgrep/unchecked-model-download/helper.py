import requests

from shop.models import verify_model_file


def fetch():
    # ok: unchecked-model-download
    reply = requests.get("https://models.example.com/net.onnx", timeout=30)
    verify_model_file(reply.content)
