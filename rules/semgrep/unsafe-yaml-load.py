import ruamel.yaml
import yaml
from yaml import SafeLoader


def read(stream, loader):
    # ruleid: unsafe-yaml-load
    a = yaml.load(stream)
    # ruleid: unsafe-yaml-load
    b = yaml.load(stream, Loader=yaml.UnsafeLoader)
    # ruleid: unsafe-yaml-load
    c = yaml.load(stream, yaml.Loader)
    # ruleid: unsafe-yaml-load
    d = list(yaml.unsafe_load_all(stream))
    # ruleid: unsafe-yaml-load
    e = ruamel.yaml.YAML(typ="unsafe")
    return a, b, c, d, e


def read_safely(stream, loader):
    # ok: unsafe-yaml-load
    a = yaml.safe_load(stream)
    # ok: unsafe-yaml-load
    b = yaml.load(stream, Loader=yaml.CSafeLoader)
    # ok: unsafe-yaml-load
    c = yaml.load(stream, SafeLoader)
    # ok: unsafe-yaml-load
    d = yaml.load(stream, Loader=loader)
    return a, b, c, d


def read_with_ruamel(stream):
    yaml = ruamel.yaml.YAML(typ="safe")
    # ok: unsafe-yaml-load
    return yaml.load(stream)


def read_with_own_loader(stream):
    class Loader(yaml.SafeLoader):
        pass

    class CLoader(yaml.Loader):
        pass

    # ok: unsafe-yaml-load
    a = yaml.load(stream, Loader=Loader)
    # ruleid: unsafe-yaml-load
    b = yaml.load(stream, Loader=CLoader)
    return a, b


def read_as_fast_as_can_be(stream):
    try:
        from yaml import CSafeLoader as Loader
    except ImportError:
        from yaml import SafeLoader as Loader
    # ok: unsafe-yaml-load
    return yaml.load(stream, Loader=Loader)


def read_with_a_name(stream):
    Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # ok: unsafe-yaml-load
    a = yaml.load(stream, Loader=Loader)
    CLoader = yaml.CSafeLoader
    # ok: unsafe-yaml-load
    b = yaml.load(stream, CLoader)
    return a, b


def read_as_fast_as_can_be_and_unsafely(stream):
    try:
        from yaml import CLoader as Loader
    except ImportError:
        from yaml import Loader
    # ruleid: unsafe-yaml-load
    return yaml.load(stream, Loader=Loader)
