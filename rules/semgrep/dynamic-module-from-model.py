from transformers import dynamic_module_utils
from transformers.dynamic_module_utils import get_class_from_dynamic_module


def configure(config):
    # ruleid: dynamic-module-from-model
    return get_class_from_dynamic_module(*config["auto_map"]["AutoConfig"].split("--")[::-1])


def by_module(reference, name):
    # ruleid: dynamic-module-from-model
    return dynamic_module_utils.get_class_from_dynamic_module(reference, name)


def with_consent(reference, name, trust_remote_code):
    if trust_remote_code:
        # ok: dynamic-module-from-model
        return get_class_from_dynamic_module(reference, name)
    return None


def refused_first(reference, name, trust_remote_code):
    if not trust_remote_code:
        raise ValueError(name)
    # ok: dynamic-module-from-model
    return get_class_from_dynamic_module(reference, name)


def mentioned():
    # ok: dynamic-module-from-model
    return "get_class_from_dynamic_module"
