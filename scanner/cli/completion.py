"""`servegate completion SHELL`: a script that completes commands and options."""

from __future__ import annotations

import sys

from scanner.cli.commandline import App, parameters
from scanner.model.errors import ConfigError

_BASH = """\
_servegate() {{
  local cur="${{COMP_WORDS[COMP_CWORD]}}" path="" word
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$word" in -*) ;; *) case "$path $word" in {paths}) path="$path $word";; esac;; esac
  done
  local words=""
  case "$path" in
{cases}  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
  [ -n "$path" ] && COMPREPLY+=($(compgen -f -- "$cur"))
}}
complete -o filenames -F _servegate servegate
"""


def run_completion(app: App, shell: str) -> int:
    """Print the script; 0. Raises `ConfigError` for a shell that is not known."""
    words = _words(app)
    if shell == "bash":
        sys.stdout.write(_bash(words))
    elif shell == "zsh":
        sys.stdout.write("autoload -U +X bashcompinit && bashcompinit\n" + _bash(words))
    elif shell == "fish":
        sys.stdout.write(_fish(words))
    else:
        raise ConfigError(f"completion: {shell!r} is none of bash, zsh, fish")
    return 0


def _words(app: App, path: str = "") -> dict[str, list[str]]:
    """What may follow each path of commands."""
    found = {path: [*app.commands, *app.groups]}
    for name, function in app.commands.items():
        flags = [flag for one in parameters(function) for flag in one.flags]
        found[f"{path} {name}"] = [*flags, "--help"]
    for name, group in app.groups.items():
        found |= _words(group, f"{path} {name}")
    return found


def _bash(words: dict[str, list[str]]) -> str:
    cases = "".join(f'    "{path}") words="{" ".join(some)}";;\n' for path, some in words.items())
    paths = "|".join(f'"{path}"' for path in words if path)
    return _BASH.format(cases=cases, paths=paths)


def _fish(words: dict[str, list[str]]) -> str:
    lines = [
        "complete -c servegate -f -n __fish_use_subcommand -a '{}'".format(" ".join(words[""]))
    ]
    for path, some in words.items():
        seen = " ; and ".join(f"__fish_seen_subcommand_from {word}" for word in path.split())
        for word in some if path else ():
            flag = word.removeprefix("--")
            what = f"-l {flag}" if word.startswith("--") else f"-s {word[1:]}"
            what = what if word.startswith("-") else f"-a {word}"
            lines.append(f"complete -c servegate -n '{seen}' {what}")
    return "\n".join(lines) + "\n"
