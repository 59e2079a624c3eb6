"""What the imports of a pickle mean: data, code of libraries, or the means to run anything."""

from __future__ import annotations

import re
import sys
from enum import Enum

from scanner.engines.models.pickles import Global


class Meaning(Enum):
    """What an import is good for."""

    DATA = "data"
    OTHER = "other code"
    CODE = "code"
    RUNS = "runs code"


_STANDARD = sys.stdlib_module_names - {"__main__"}
_BUILTINS = re.compile(
    r"object|dict|list|set|frozenset|tuple|bytearray|bytes|int|float|complex|str|bool"
    r"|slice|range|xrange|long|unicode|basestring|type|Ellipsis|NotImplemented|None"
    r"|getattr|print|property|super"
)
# Of the standard library: what holds values, and does nothing when it is made.
_DATA_MODULES = re.compile(
    r"collections|datetime|decimal|fractions|enum|array|itertools|typing|ipaddress|string"
    r"|numbers|math|cmath|abc|dataclasses|zoneinfo|statistics|heapq|weakref|random|copyreg"
    r"|copy_reg|re|sre_compile|_sre|_random|exceptions|UserDict|calendar|queue|bisect"
)
_DATA_NAMES = re.compile(
    r"functools\.(partial|cmp_to_key|lru_cache)|_?operator\.(itemgetter|add|sub|mul|truediv|neg|eq"
    r"|lt|gt|le|ge|ne|and_|or_|getitem|index|contains)|uuid\.(UUID|SafeUUID)|pathlib(\._local)?\.\w*Path"
    r"|_codecs\.encode|codecs\.encode|logging\.(getLogger|Logger|RootLogger|Formatter|StreamHandler)"
    r"|types\.(SimpleNamespace|MappingProxyType|GenericAlias|NoneType)|argparse\.Namespace"
    r"|inspect\.\w*(Signature|Parameter|_ParameterKind|_empty)\w*|time\.struct_time|io\.(Bytes|String)IO"
    r"|_?threading\.(R?Lock|local)|_thread\.(RLock|LockType|allocate_lock)|json\.\w+\.JSON\w+"
)
_PYTHON2 = re.compile(r"__builtin__|commands|urllib2|httplib|popen2|cPickle|StringIO|dl")
# Installed beside models, and made to start programs, fetch files or install packages.
_TOOLS = re.compile(
    r"pip|setuptools|pkg_resources|requests|httpx|aiohttp|urllib3|paramiko|fabric|invoke"
    r"|sh|pexpect|plumbum|IPython|ipykernel|cffi|numexpr|jupyter_client|psutil|twisted"
    r"|asyncssh|docker|boto3|botocore|rpyc"
)
_CODE = re.compile(
    r"cloudpickle(\.\w+)*\..+|dill(\.\w+)*\.(_create_function|_create_code|_load_type"
    r"|_create_cell|_get_attr|_import_module|_eval_repr)\w*|types\.(CodeType|FunctionType|LambdaType"
    r"|ModuleType|MethodType)|(new|builtins|__builtin__)\.(code|function)|jax\.\w*export\w*\..+"
)
_LIBRARIES = re.compile(
    r"numpy|torch|torchvision|torchaudio|sklearn|scipy|pandas|joblib|xgboost|lightgbm"
    r"|catboost|keras|tensorflow|transformers|tokenizers|sentence_transformers|peft"
    r"|diffusers|jax|jaxlib|flax|optax|pyarrow|statsmodels|imblearn|category_encoders"
    r"|skops|onnx|safetensors|spacy|thinc|gensim|nltk|networkx|PIL|polars|torchmetrics"
    r"|pytorch_lightning|lightning|__torch__|timm|fastai|fastcore|ultralytics|mlflow"
    r"|skorch|optuna|hmmlearn|prophet|sktime|umap|hdbscan|numba|tqdm|accelerate|datasets"
)
# Within libraries of models: what loads more, runs text or starts programs.
_MEANS = re.compile(
    r"torch\.(hub|package|serialization|distributed|multiprocessing|testing|fx|_dynamo|_inductor"
    r"|utils\.(cpp_extension|collect_env|bottleneck|_config_module|hipify|tensorboard|benchmark))\b.*"
    r"|torch\.(load|compile)|torch\.jit\.(load|unsupported\w*)"
    r"|(numpy|scipy)\.(f2py|distutils|testing|ctypeslib|lib\.(npyio|_npyio_impl))\b.*"
    r"|numpy\.(load|fromfile|memmap|genfromtxt|save\w*)"
    r"|pandas\.(read_\w+|eval|io\..*|core\.computation\..*)"
    r"|joblib\.(load|externals\b.*|parallel\b.*|memory\b.*|numpy_pickle\.load\w*)"
    r"|(keras|tensorflow)\b.*\.(load_model|load_library|load_op_library|deserialize_lambda|get_file"
    r"|func_load|model_from_\w+|read_file|write_file|py_func\w*)"
    r"|.*\.(from_pretrained|load_from_checkpoint|exec_module|run_module|runstring|import_module)"
    r"|(mlflow|nltk|spacy|datasets|gensim|fastai|fastcore)\b.*\.(load\w*|download\w*|run\w*|import\w*|cli\b.*)"
    r"|(transformers|diffusers)\.(dynamic_module_utils|pipelines?|commands)\b.*"
)


def meaning(found: Global) -> Meaning:
    """What an import of a pickle is good for."""
    module, name = found.module, found.name
    top = module.split(".", 1)[0]
    whole = f"{module}.{name}"
    if _CODE.fullmatch(whole):
        return Meaning.CODE
    if top in ("builtins", "__builtin__"):
        first, *more = name.split(".")
        safe = (_BUILTINS.fullmatch(first) and not any(part.startswith("__") for part in more)) or (
            re.fullmatch(r"\w*(Error|Exception|Warning|Interrupt|Iteration)", first)
        )
        return Meaning.DATA if safe else Meaning.RUNS
    if _dunder(name) or _through_a_module(name):
        return Meaning.RUNS
    if _DATA_NAMES.fullmatch(whole):
        return Meaning.DATA
    if _DATA_MODULES.fullmatch(top):
        return Meaning.DATA
    if _PYTHON2.fullmatch(top) or _TOOLS.fullmatch(top) or top in _STANDARD:
        return Meaning.RUNS
    if _LIBRARIES.fullmatch(top):
        return Meaning.RUNS if _MEANS.fullmatch(whole) else Meaning.DATA
    return Meaning.OTHER


def _dunder(name: str) -> bool:
    """Whether a name leads to the inside of functions and classes."""
    inside = r"__(globals|builtins|subclasses|getattribute|class|mro|bases|init|call|import|dict)__"
    return any(re.fullmatch(inside, part) for part in name.split(".")[1:])


def _through_a_module(name: str) -> bool:
    """Whether a dotted name goes through a module that the named one has imported."""
    return any(part.lstrip("_") in sys.stdlib_module_names for part in name.split(".")[:-1])
