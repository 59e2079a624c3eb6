import torch
from datasets import load_dataset
from huggingface_hub import hf_hub_download, snapshot_download
from transformers import AutoModel, AutoTokenizer

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
    return a, b, c, d, e, f, g, h, i, j, k, m
