from transformers import AutoModel, AutoTokenizer, pipeline


def load(name, arguments, settings):
    # ruleid: trust-remote-code
    a = AutoModel.from_pretrained(name, trust_remote_code=True)
    # ruleid: trust-remote-code
    b = pipeline("text-generation", model=name, trust_remote_code=True, device=0)
    # ruleid: trust-remote-code
    options = {"device": "cpu", "trust_remote_code": True}
    # ruleid: trust-remote-code
    c = AutoModel.from_pretrained(name, trust_remote_code=True, revision="main")
    # ok: trust-remote-code
    d = AutoModel.from_pretrained(name)
    # ok: trust-remote-code
    e = AutoTokenizer.from_pretrained(name, trust_remote_code=False)
    # ok: trust-remote-code
    f = AutoModel.from_pretrained(name, trust_remote_code=settings.trust_remote_code)
    # ok: trust-remote-code
    g = AutoModel.from_pretrained(name, trust_remote_code=True, revision="5d2f9d4a1c3b7e8f60718293a4b5c6d7e8f90a1b")
    # ok: trust-remote-code
    arguments.add_argument("--trust-remote-code", action="store_true")
    return a, b, options, c, d, e, f, g
