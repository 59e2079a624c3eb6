"""What a function of a library does, by the words that its name is made of.

Libraries have too many functions to know each; but what imports, runs or deletes is named so.
"""

from __future__ import annotations

import re

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_ACTING = frozenset(
    {"import", "imports", "importer", "lazy", "dotted", "qualname", "locate", "instantiate"}
    | {"exec", "execute", "executes", "eval", "evals", "compile", "lambdify", "sympify", "jaxpr"}
    | {
        "cmd",
        "cmds",
        "command",
        "commands",
        "shell",
        "bash",
        "popen",
        "subprocess",
        "spawn",
        "fork",
    }
    | {"run", "runs", "launch", "main", "cli", "kill", "daemon", "script", "editor", "browser"}
    | {"load", "loads", "deserialize", "unserialize", "restore", "unpack", "extract", "untar"}
    | {"open", "fopen", "save", "dump", "dumps", "write", "export", "mkdir", "makedirs", "mkdirs"}
    | {"rmtree", "unlink", "rmdir", "symlink", "chmod", "touch", "rename", "move", "copytree"}
    | {"download", "downloads", "fetch", "upload", "url", "http", "socket", "request", "requests"}
    | {"install", "pip", "conda", "requirement", "requirements", "setattr", "mmap", "unzip"}
)
# What these words do, they do to something on the disk.
_DESTROYING = frozenset({"delete", "remove", "rm", "clean", "clear", "purge", "copy", "replace"})
_ON_DISK = frozenset(
    {"file", "files", "folder", "folders", "dir", "dirs", "directory", "path", "paths", "tree"}
    | {"disk", "cache", "checkpoint", "checkpoints", "artifact", "artifacts"}
)
_TEXT_OF_CODE = frozenset({"code", "python", "expr", "expression", "ast", "string", "statement"})
# Modules for such things; a class of theirs is a value, an error or an option.
_MODULES = re.compile(
    r"(.*[._])?(subprocess(es)?|process|shell|lazyimport|lazy_(loader|import\w*)|import_utils|importer"
    r"|dynamic_module\w*|file_utils|fileio|disk|filesystem|checks|downloads?|downloader|cli|commands?"
    r"|__main__|launch(er)?|scripts?|package_utils|virtualenv|conda|docker|git_utils?|http_utils?"
    r"|rest_utils|requirements?(_utils)?|_optional|python_interpreter|local_python_executor"
    r"|cpp_extension|build_ext)(\..*)?"
)
_LOADING_CLASSES = re.compile(
    r"_?Lazy(Module|Import|Load|Attr|Package|Callable|Reference|Auto|Object|Config)\w*"
    r"|\w*(Popen|Subprocess|Unpickler|ModuleLoader|PackageImporter|Importer|CodeExecutor"
    r"|PythonExecutor|CommandRunner)"
)
# Named by such words, and yet numbers go in and come out; or a part of what is loaded itself.
_NUMBERS = re.compile(
    r"scipy\.(special|interpolate|signal|optimize)\b.*\.\w*eval\w*|torch\.(_C\._nn|nn\.functional)\..*"
    r"|(torch|lightning|pytorch_lightning|keras|transformers)\b.*\.[A-Z]\w*\."
    r"(eval|compile|_?load_(own_variables|state_dict|from_state_dict)|save_own_variables)"
    r"|torch\.storage\._load_from_bytes|torch\.nn\b.*\.\w*move\w*|keras\b.*\.get_compile_config"
    r"|(numpy|scipy|pandas|sklearn|jax)\b.*\.(\w*unpack(bits)?|\w*extract|moveaxis|copyto|rename|replace)"
    r"|sklearn\b.*\.\w*(extract|request)\w*|torchvision\b.*\.\w*_loader|joblib\.memory\..*"
)


def acts(module: str, name: str) -> bool:
    """Whether this name of a known library imports, runs, loads or writes something."""
    if _NUMBERS.fullmatch(f"{module}.{name}"):
        return False
    *_, last = name.split(".")
    if last.lstrip("_")[:1].isupper():
        return bool(_LOADING_CLASSES.fullmatch(last))
    words = {word.lower() for word in _WORDS.findall(last)}
    if words & _ACTING or (words & _DESTROYING and words & _ON_DISK):
        return True
    if "evaluate" in words and words & _TEXT_OF_CODE:
        return True
    return bool(_MODULES.fullmatch(module)) and "." not in name
