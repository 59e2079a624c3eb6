import keras
import torch
from datasets import load_dataset
from huggingface_hub import hf_hub_download, snapshot_download
from sentence_transformers import CrossEncoder
from transformers import AutoModel, AutoTokenizer, pipeline
from vllm import LLM

COMMIT = "5d2f9d4a1c3b7e8f60718293a4b5c6d7e8f90a1b"


def load(path, revision, options):
    # ruleid: unpinned-model-download
    a = AutoModel.from_pretrained("distilbert/distilbert-base-uncased")
    # ruleid: unpinned-model-download
    b = hf_hub_download(repo_id="owner/name", filename="config.json")
    # ruleid: unpinned-model-download
    c = snapshot_download(path)
    # ruleid: unpinned-model-download
    d = torch.hub.load("pytorch/vision", "resnet50")
    # ruleid: unpinned-model-download
    e = load_dataset("owner/name", split="test")
    # ruleid: unpinned-model-download
    n = AutoModel.from_pretrained("owner/name", revision="main")
    # ruleid: unpinned-model-download
    o = snapshot_download("owner/name", revision="refs/heads/stable")
    # ruleid: unpinned-model-download
    p = torch.hub.load(repo_or_dir="pytorch/vision:main", model="resnet50")
    # ruleid: unpinned-model-download
    q = pipeline("text-generation", "owner/name")
    # ruleid: unpinned-model-download
    r = LLM(model="owner/name", dtype="half")
    # ruleid: unpinned-model-download
    s = CrossEncoder("owner/name")
    # ruleid: unpinned-model-download
    t = keras.saving.load_model("hf://owner/name")
    # ok: unpinned-model-download
    u = AutoModel.from_pretrained("owner/name", revision="v1.2.0")
    # ok: unpinned-model-download
    v = pipeline("text-generation", "owner/name", revision=COMMIT)
    # ok: unpinned-model-download
    w = LLM(model="/models/name")
    # ok: unpinned-model-download
    x = keras.saving.load_model("model.keras")
    # ok: unpinned-model-download
    f = AutoModel.from_pretrained("distilbert/distilbert-base-uncased", revision=COMMIT)
    # ok: unpinned-model-download
    g = AutoTokenizer.from_pretrained("./weights/model")
    # ok: unpinned-model-download
    h = AutoModel.from_pretrained(path)
    # ok: unpinned-model-download
    i = snapshot_download("owner/name", revision=revision)
    # ok: unpinned-model-download
    j = torch.hub.load("pytorch/vision:v0.20.0", "resnet50")
    # ok: unpinned-model-download
    k = AutoModel.from_pretrained("owner/name", local_files_only=True)
    # ok: unpinned-model-download
    m = hf_hub_download("owner/name", "config.json", **options)
    return a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t, u, v, w, x
