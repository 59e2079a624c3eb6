"""Aliases and merge keys make no file larger than its text allows; honest ones are followed."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from scanner.engines import _yaml
from scanner.engines._endpoint.spec import parse_spec
from scanner.engines.manifests.documents import Unreadable, read
from scanner.model.errors import TargetError

WIDE = (
    "apiVersion: v1\nkind: ConfigMap\na: &a {"
    + ", ".join(f"k{n}: 1" for n in range(5_000))
    + "}\nb:\n"
    + "- {<<: *a}\n" * 5_000
)
LISTED = (
    "a: &a {"
    + ", ".join(f"k{n}: 1" for n in range(2_000))
    + "}\nb: {<<: ["
    + "*a, " * 2_000
    + "]}\n"
)
DOUBLED = "a0: &a0 {x: 1, y: 2}\n" + "".join(
    f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}], k{n}: 1}}\n" for n in range(1, 40)
)
LAUGHS = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
BOMBS = {"wide": WIDE, "listed": LISTED, "doubled": DOUBLED, "laughs": LAUGHS}
READERS: dict[str, tuple[Callable[[str], Any], type[Exception]]] = {
    "manifests": (lambda text: read("a.yaml", text), Unreadable),
    "any YAML": (_yaml.load_all, _yaml.BadYaml),
    "specification": (lambda text: parse_spec(text, "a.yaml"), TargetError),
}


# Where equal keys are put together at once, as newer versions of PyYAML do, doubling makes nothing
# large; and in manifests each thing is built and judged once, however often it is named.
_SMALL = {*(("doubled", reader) for reader in READERS), ("laughs", "manifests")}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("bomb", BOMBS)
def test_what_unfolds_is_said_before_it_does(bomb: str, reader: str) -> None:
    take, refusal = READERS[reader]
    tracemalloc.start()
    try:
        if (bomb, reader) in _SMALL:
            with contextlib.suppress(refusal):
                take(BOMBS[bomb])
        else:
            with pytest.raises(refusal, match="aliases unfold"):
                take(BOMBS[bomb])
        assert tracemalloc.get_traced_memory()[1] < 120_000_000
    finally:
        tracemalloc.stop()


HONEST = """
defaults: &defaults {image: a, ports: &ports [1, 2], env: {A: b}}
other: &other {image: z, restart: always}
services:
  one: {<<: *defaults, image: b}
  two: {<<: [*defaults, *other], ports: *ports}
  three:
    <<: *defaults
    env: {C: d}
"""


def test_honest_merge_keys_are_followed() -> None:
    expected = {
        "one": {"image": "b", "ports": [1, 2], "env": {"A": "b"}},
        "two": {"image": "a", "ports": [1, 2], "env": {"A": "b"}, "restart": "always"},
        "three": {"image": "a", "ports": [1, 2], "env": {"C": "d"}},
    }
    (document,) = read("a.yaml", HONEST)
    assert document.data["services"] == expected
    # In a list of several PyYAML's versions differ in which counts.
    loaded = _yaml.load(HONEST)["services"]
    assert {name: loaded[name] for name in ("one", "three")} == {
        name: expected[name] for name in ("one", "three")
    }
    assert loaded["two"].keys() == expected["two"].keys()


@pytest.mark.parametrize("text", ["a: &a {<<: *a, b: 1}\n", "a: &a [*a]\nb: &b {c: *b}\n"])
def test_what_holds_itself_ends(text: str) -> None:
    for take, refusal in list(READERS.values())[:2]:
        with contextlib.suppress(refusal):
            take(text)


def test_many_services_with_the_same_defaults_are_fine() -> None:
    keys = ", ".join(f"k{n}: {n}" for n in range(30))
    text = f"d: &d {{{keys}}}\ns:\n" + "".join(
        f"  s{n}: {{<<: *d, x: {n}}}\n" for n in range(2_000)
    )
    (document,) = read("a.yaml", text)
    assert len(document.data["s"]["s7"]) == 31
    assert len(_yaml.load(text)["s"]["s7"]) == 31
