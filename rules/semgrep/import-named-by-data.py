import importlib
import os
from importlib import import_module

ALLOWED = {"serving.layers"}


def build(config):
    # ruleid: import-named-by-data
    module = importlib.import_module(config["module"])
    return getattr(module, config["class_name"])(**config["kwargs"])


def deserialize(name, module, full_config):
    try:
        # ruleid: import-named-by-data
        found = importlib.import_module(module)
    except ModuleNotFoundError:
        raise TypeError(f"{module} of {full_config}") from None
    return vars(found)[name]


def rebuild(payload):
    path, name = payload["target"].rsplit(".", 1)
    # ruleid: import-named-by-data
    return getattr(import_module(path), name)


def build_known(config):
    if config["module"] not in ALLOWED:
        raise ValueError(config["module"])
    # ok: import-named-by-data
    return importlib.import_module(config["module"])


def deserialize_ours(module, full_config):
    package = module.split(".", maxsplit=1)[0]
    if package in {"keras", "keras_hub"}:
        # ok: import-named-by-data
        return importlib.import_module(module)
    raise TypeError(full_config)


def plugins(name):
    # ok: import-named-by-data
    importlib.import_module("serving.plugins")
    # ok: import-named-by-data
    importlib.import_module(os.environ["SERVING_PLUGIN"])
    # ok: import-named-by-data
    return importlib.import_module(f".{name}", __name__)


def __getattr__(name):
    # ok: import-named-by-data
    return importlib.import_module("." + name, __name__)
