"""What the imports of a pickle mean: data, code of libraries, or the means to run anything."""

from __future__ import annotations

import re
import sys
from _compat_pickle import IMPORT_MAPPING
from enum import Enum

from scanner.engines.models.symbols import Global, leads_inside
from scanner.engines.models.words import acts


class Meaning(Enum):
    """What an import is good for."""

    DATA = "data"
    OTHER = "other code"
    CODE = "code"
    RUNS = "runs code"


# Of Python's library in older and in newer versions than the one that scans.
_OTHER_VERSIONS = frozenset(
    {"aifc", "asynchat", "asyncore", "audioop", "binhex", "cgi", "cgitb", "chunk", "crypt", "imp"}
    | {
        "distutils",
        "formatter",
        "imghdr",
        "lib2to3",
        "macpath",
        "mailcap",
        "msilib",
        "nis",
        "nntplib",
    }
    | {"ossaudiodev", "parser", "pipes", "smtpd", "sndhdr", "spwd", "sunau", "symbol", "telnetlib"}
    | {"uu", "xdrlib", "_bootsubprocess", "_posixsubprocess", "annotationlib", "compression"}
    | {"_pyrepl", "_interpreters", "_interpchannels", "_interpqueues", "_colorize", "_zstd"}
)
_STANDARD = (sys.stdlib_module_names | frozenset(IMPORT_MAPPING) | _OTHER_VERSIONS) - {"__main__"}
_BUILTINS = re.compile(
    r"object|dict|list|set|frozenset|tuple|bytearray|bytes|int|float|complex|str|bool"
    r"|slice|range|xrange|long|unicode|basestring|type|Ellipsis|NotImplemented|None"
    r"|getattr|print|property|super|len|max|min|sum|abs|round|divmod|pow|any|all|hash|id|repr"
    r"|ascii|ord|chr|hex|oct|bin|callable|isinstance|issubclass|iter|next|reversed|enumerate|zip"
    r"|sorted|format|memoryview|staticmethod|classmethod"
)
_FAULT = re.compile(r"\w*(Error|Exception|Warning|Interrupt|Iteration)")
# Of the standard library: what holds values, and does nothing when it is made or when one of its
# methods is called.
_VALUES = re.compile(
    r"collections\.(OrderedDict|defaultdict|deque|Counter|ChainMap|User(Dict|List|String)|namedtuple"
    r"|abc\.[A-Z]\w*)|_?collections_abc\.[A-Z]\w*|_collections\.(OrderedDict|defaultdict|deque)"
    r"|datetime\.(datetime|date|time|timedelta|timezone|tzinfo|UTC)"
    r"|_?decimal\.(Decimal|Context|DefaultContext|BasicContext|ExtendedContext)"
    r"|fractions\.Fraction|enum\.(Enum|IntEnum|StrEnum|Flag|IntFlag|ReprEnum|EnumMeta|EnumType|auto)"
    r"|array\.(array|_array_reconstructor)|numbers\.[A-Z]\w*|abc\.(ABC|ABCMeta)"
    r"|ipaddress\.IPv[46](Address|Network|Interface)|zoneinfo\.(_common\.)?ZoneInfo|uuid\.(UUID|SafeUUID)"
    r"|random\.(Random|SystemRandom)|_random\.Random|calendar\.(Calendar|Day|Month)"
    r"|types\.(SimpleNamespace|MappingProxyType|GenericAlias|NoneType|EllipsisType|UnionType)"
    r"|argparse\.Namespace|time\.struct_time|_?struct\.Struct|http\.HTTP(Status|Method)"
    r"|UserDict\.(Iterable)?UserDict|(_?queue|Queue)\.(Queue|LifoQueue|PriorityQueue|SimpleQueue)"
    r"|statistics\.NormalDist|urllib\.parse\.(Parse|Split)Result|urlparse\.(Parse|Split)Result"
)
# And what does nothing by itself; of its methods some do.
_DATA = re.compile(
    r"(math|cmath)\.\w+|bisect\.\w+|heapq\.(heap\w+|n(largest|smallest))|string\.Template"
    r"|itertools\.(count|cycle|repeat|chain|islice|product|permutations|combinations|compress|tee"
    r"|zip_longest|combinations_with_replacement)|statistics\.p?(mean|median|mode|stdev|variance)"
    r"|typing\.[A-Z]\w*|typing\._(GenericAlias|SpecialForm|UnionGenericAlias|LiteralGenericAlias)"
    r"|dataclasses\.(_MISSING_TYPE|_HAS_DEFAULT_FACTORY_CLASS|Field|InitVar|KW_ONLY|_KW_ONLY_TYPE"
    r"|_FIELD_BASE|_DataclassParams)"
    r"|_?weakref\.(ref|ReferenceType|Weak\w+|KeyedRef|proxy)"
    r"|copy_?reg\.(_reconstructor|__newobj(_ex)?__|pickle_complex|pickle_union)"
    r"|re\.(_?compile|Pattern|RegexFlag)|exceptions\.\w*(Error|Exception|Warning)"
    r"|functools\.(partial|cmp_to_key|lru_cache)|_functools\.partial"
    r"|_?operator\.(itemgetter|add|sub|mul|truediv|floordiv|mod|pow|neg|pos|abs|not_|eq|lt|gt|le|ge|ne"
    r"|and_|or_|xor|getitem|index|contains|concat|truth|is_|is_not)"
    r"|pathlib(\._local)?\.(Pure)?(Posix|Windows)?Path|_?codecs\.encode"
    r"|logging\.(getLogger|Logger|RootLogger|Formatter|StreamHandler|LoggerAdapter)"
    r"|inspect\.(Signature|Parameter|BoundArguments|_ParameterKind|_empty|_void)"
    r"|_?io\.(Bytes|String)IO|StringIO\.StringIO|c?StringIO\.StringIO"
    r"|_?threading\.(_?R?Lock|_?local)|_thread\.(RLock|LockType|lock|allocate_lock|_local)"
    r"|json\.(decoder|encoder)\.JSON\w+|contextlib\.nullcontext|queue\.(Empty|Full)"
)
# Installed beside models, and made to start programs, fetch files or install packages.
_TOOLS = re.compile(
    r"pip|setuptools|pkg_resources|requests|httpx|aiohttp|urllib3|paramiko|fabric|invoke"
    r"|sh|pexpect|plumbum|IPython|ipykernel|cffi|numexpr|jupyter_client|psutil|twisted"
    r"|asyncssh|docker|boto3|botocore|rpyc|commands|popen2|cPickle|dl|hickle|jsonpickle|fsspec"
    r"|jinja2|mako|yaml|ruamel|git|win32\w*|wheel|virtualenv|selenium|playwright|pyautogui"
)
_CODE = re.compile(
    r"(ray\.)?cloudpickle(\.\w+)*\..+|dill(\.\w+)*\..+|types\.(CodeType|FunctionType|LambdaType"
    r"|ModuleType|MethodType)|(new|builtins|__builtin__)\.(code|function)|jax\.\w*export\w*\..+"
)
_LIBRARIES = re.compile(
    r"numpy|torch|torchvision|torchaudio|sklearn|scipy|pandas|joblib|xgboost|lightgbm"
    r"|catboost|keras|tensorflow|transformers|tokenizers|sentence_transformers|peft"
    r"|diffusers|jax|jaxlib|flax|optax|pyarrow|statsmodels|imblearn|category_encoders"
    r"|skops|onnx|safetensors|spacy|thinc|gensim|nltk|networkx|PIL|polars|torchmetrics"
    r"|pytorch_lightning|lightning|__torch__|timm|fastai|fastcore|ultralytics|mlflow"
    r"|skorch|optuna|hmmlearn|prophet|sktime|umap|hdbscan|numba|tqdm|accelerate|datasets"
    r"|sympy|huggingface_hub|evaluate|torchtext|torch_geometric|monai|nemo|dask|xarray|matplotlib"
)
# Within libraries of models: what loads more, runs text or starts programs.
_MEANS = re.compile(
    r"torch\.(hub|package|serialization|distributed|multiprocessing|testing|fx|_dynamo|_inductor"
    r"|utils\.(cpp_extension|collect_env|bottleneck|_config_module|hipify|tensorboard|benchmark))\b.*"
    r"|torch\.(load|compile|jit\.(load|unsupported\w*)|_C\._jit_\w+|_C\.import_\w+)"
    r"|(numpy|scipy)\.(f2py|distutils|testing|ctypeslib|lib\.(npyio|_npyio_impl|format)|io)\b.*"
    r"|numpy\.(load|loadtxt|fromfile|genfromtxt|save\w*)"
    r"|pandas\.(read_\w+|io\..*|core\.computation\..*|core\..*\.(eval|query))"
    r"|pandas\.(HDFStore|ExcelFile|ExcelWriter)|numpy\..*\.(fromfile|safe_eval|_?[dD]ata_?[sS]ource.*)"
    r"|numpy\.DataSource|joblib\.(load|dump|externals\b.*|parallel\b.*|numpy_pickle\.load\w*)"
    r"|joblib\.memory\.(?!(Memory|MemorizedFunc|NotMemorizedFunc)$).*"
    r"|(keras|tensorflow)\b.*\.(load_model|load_weights|deserialize_lambda|func_load|model_from_\w+"
    r"|deserialize_keras_object|read_file|write_file|py_func\w*|numpy_function|get_file"
    r"|enable_unsafe_deserialization|TFSMLayer|TorchModuleWrapper)"
    r"|numba\.core\.(serialize|dispatcher)\._(un|re)\w+|PIL\.(ImageShow|ImageMath|ImageGrab)\b.*"
    r"|(mlflow|nltk|spacy|datasets|gensim|fastai|fastcore)\b.*\.(load\w*|download\w*|run\w*|import\w*|cli\b.*)"
    r"|(transformers|diffusers)\.(dynamic_module_utils|pipelines?|commands)\b.*"
    r"|(accelerate|torch|lightning)\.commands\b.*|transformers\.(agents|tools)\b.*"
    r"|sympy\.(S|sympify|lambdify)|sympy\.(parsing|utilities|plotting|printing|external|testing)\b.*"
    r"|scipy\._lib\.(_tmpdirs|_testutils|deprecation|_bunch|_array_api_docs_tables)\b.*"
    r"|scipy\.optimize\._nonlin\._nonlin_wrapper|scipy\.special\._precompute\b.*"
    r"|numpy\.lib\.(_format_impl|_utils_impl)\b.*|(numpy|scipy|sklearn)\b.*\.clone_module"
    r"|numpy\._core\.function_base\.add_newdoc|sklearn\.(utils\.(_testing|discovery)|_build_utils)\b.*"
    r"|sklearn\.utils\._set_output\.check_library_installed|(scipy|sklearn)\b.*\.(delegate_xp|clear_data_home)"
    r"|keras\b.*\.(_retrieve_class_or_fn|\w*IOStore|KerasFileEditor)|pandas\b.*\.show_versions"
    r"|joblib\.(logger\.PrintTime|_store_backends\..*\..*|_memmapping_reducer\._\w+)"
    r"|dask\.(?!(array|dataframe|bag|base)\b).*|skops\.(io\b.*|hub_utils\b.*)"
)
# Functions that run text or programs, whoever made them.
_ACTS = re.compile(
    r"_*(system|popen\d?|exec|execfile|eval|unsafe_eval|spawn\w*|shell|runstring|attrgetter|methodcaller)"
    r"|(.*\.)?_*(check_output|check_call|getoutput|getstatusoutput|exec_(module|command|code)"
    r"|run_(code|command|module|path|cmd|shell|string)|import_(module|file|string|from_\w+)"
    r"|load_(module|library|op_library)|find_module|resolve_name|loads|unsafe_load|unpickle)"
)
# And those of known libraries that fetch, load or write.
_FETCHES = re.compile(
    r"(.*\.)?_*(from_pretrained|load_from_checkpoint|load_state_dict_from_\w+|load_(pickle|item|files?)"
    r"|fetch_\w+|open|from_file|_new_shared\w*|read_\w*pickle|download\w*|urlopen|urlretrieve|write_(file|text|bytes)|tofile|rmtree|unlink"
    r"|to_(csv|pickle|parquet|json|excel|html|feather|hdf|sql|stata|orc|xml))"
)
_MODULES = frozenset(
    {
        "os",
        "sys",
        "subprocess",
        "builtins",
        "importlib",
        "shutil",
        "socket",
        "runpy",
        "pty",
        "posix",
    }
    | {"nt", "ctypes", "pickle", "marshal"}
)


def meaning(found: Global) -> Meaning:
    """What an import of a pickle is good for."""
    module, name = found.module, found.name
    top = module.split(".", 1)[0]
    whole = f"{module}.{name}"
    if _CODE.fullmatch(whole) and not _ACTS.fullmatch(name):
        return Meaning.CODE
    if _VALUES.fullmatch(whole) or _DATA.fullmatch(whole):
        return Meaning.DATA
    if leads_inside(name):
        return Meaning.RUNS
    if top in ("builtins", "__builtin__"):
        first = name.split(".", 1)[0]
        safe = _BUILTINS.fullmatch(first) or _FAULT.fullmatch(first)
        return Meaning.DATA if safe else Meaning.RUNS
    if top in _STANDARD:
        return Meaning.DATA if _is_method_of_a_value(module, name) else Meaning.RUNS
    if _through_a_module(name) or _TOOLS.fullmatch(top) or _ACTS.fullmatch(name):
        return Meaning.RUNS
    if _LIBRARIES.fullmatch(top):
        runs = _MEANS.fullmatch(whole) or _FETCHES.fullmatch(name) or acts(module, name)
        return Meaning.RUNS if runs else Meaning.DATA
    return Meaning.OTHER


def _is_method_of_a_value(module: str, name: str) -> bool:
    parts = name.split(".")
    return any(
        _VALUES.fullmatch(f"{module}.{'.'.join(parts[:count])}") for count in range(1, len(parts))
    )


def _through_a_module(name: str) -> bool:
    """Whether a dotted name is or goes through a module that the named one has imported."""
    *way, last = name.split(".")
    return last.lstrip("_") in _MODULES or any(
        part.lstrip("_") in sys.stdlib_module_names for part in way
    )
