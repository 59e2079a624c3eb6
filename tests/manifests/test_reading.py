"""Reading manifests: lines, hostile text, lists, several files as one world, skip comments."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from scanner.engines._workspace import stage
from scanner.engines._yaml import is_template, load_all
from scanner.engines.manifests.documents import Unreadable, read
from scanner.engines.manifests.engine import judge
from scanner.engines.manifests.world import make_world
from scanner.model.finding import Finding
from scanner.model.outcome import Gap
from scanner.model.plan import SourceFile


def scan(root: Path, **files: str) -> tuple[tuple[Finding, ...], tuple[Gap, ...]]:
    tree = root / "in"
    for name, text in files.items():
        path = tree / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.with_suffix(".yaml").write_text(text)
    paths = [path for path in tree.rglob("*.yaml") if path.is_file()]
    staged = [SourceFile(path=str(path.relative_to(tree)), size=1) for path in paths]
    (root / "out").mkdir()
    answer = judge(stage(tree, staged, root / "out"))
    return answer.findings, answer.gaps


def test_parts_know_their_lines() -> None:
    first, second = read("a.yaml", "a:\n  - b: 1\n---\nc:\n  d: 2\n")
    assert (first.start, second.start) == (1, 4)
    assert second.place(second.data["c"]) == (5, 5)


def test_definitions_are_passed_over_and_lines_stay() -> None:
    crd = "kind: CustomResourceDefinition\napiVersion: apiextensions.k8s.io/v1\nspec: {a: 1}\n"
    (document,) = read("a.yaml", f"{crd}---\nkind: Pod\nnote: CustomResourceDefinition\n")
    assert (document.start, document.data["kind"]) == (5, "Pod")


@pytest.mark.parametrize("text", ["a: [", "a: !!python/object:os.system {}\nb: [", "\t- a"])
def test_what_is_no_yaml_is_said(text: str) -> None:
    with pytest.raises(Unreadable, match="not valid YAML"):
        read("a.yaml", text)


def test_what_breaks_the_parser_is_a_gap_of_that_file_alone(tmp_path: Path) -> None:
    # PyYAML raises a KeyError, an IndexError, an AttributeError, a TypeError over these.
    broken = (
        "a: !!bool nope",
        "a: !!int ''",
        "a: !!timestamp nope",
        "a: !!binary é",
        "a: !!float ''",
    )
    files = {f"b{n}": text for n, text in enumerate(broken)}
    good = "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a}\n"
    findings, gaps = scan(tmp_path, good=good + "spec: {mtls: {mode: PERMISSIVE}}\n", **files)
    assert len(findings) == 1
    assert {gap.reason.partition(" (")[0] for gap in gaps} <= {"not valid YAML"}
    assert "b0.yaml" in {gap.subject for gap in gaps}


def test_a_template_that_is_yaml_is_a_gap_and_what_it_writes_out_counts(tmp_path: Path) -> None:
    text = (
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: '{{ x }}'}\n"
        "spec: {mtls: {mode: PERMISSIVE}}\n"
    )
    findings, gaps = scan(tmp_path, a=text)
    assert [gap.reason for gap in gaps] == ["a template; render it and scan the result"]
    assert len(findings) == 1


HANDED_ON = """apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  values: |
    {{- define "resources" }}
    {{ .Values.global.proxy }}
"""
RUNTIME = """apiVersion: serving.kserve.io/v1alpha1
kind: ClusterServingRuntime
metadata: {name: a}
spec:
  containers: [{name: a, image: b@sha256:1, env: [{name: N, value: x}]}]
  volumes: [{name: v, secret: {secretName: "{{ ChildName .ObjectMeta.Name }}"}}]
"""
ACTION = """name: a
runs:
  using: composite
  steps:
    - run: |
        kubectl apply -f - <<EOF
        apiVersion: v1
        kind: ConfigMap
        EOF
      with: {a: "${{ inputs.a }}"}
"""


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        pytest.param(HANDED_ON, False, id="text that a ConfigMap hands on"),
        pytest.param(f"# {{{{ .Values.a }}}}\n{HANDED_ON}", True, id="beside it"),
        pytest.param(HANDED_ON.replace("ConfigMap", "Secret"), True, id="no ConfigMap"),
        pytest.param(
            HANDED_ON.replace("{name: a}", '{name: "{{ .Release.Name }}"}'), True, id="its name"
        ),
        pytest.param(RUNTIME, False, id="KServe fills it in"),
        pytest.param(RUNTIME.replace("ClusterServing", "Cluster"), True, id="nobody does"),
        pytest.param(RUNTIME.replace(".ObjectMeta.", ".Values."), True, id="Helm does"),
        pytest.param(
            RUNTIME.replace("name: a}\nspec", "name: '{{ x }}'}\nspec"), True, id="a name"
        ),
        pytest.param(ACTION, False, id="an action of GitHub's"),
        pytest.param("kind: {}\na: '{{ b }}'\n", True, id="an odd kind"),
    ],
)
def test_a_template_is_what_somebody_has_to_render(text: str, is_one: bool) -> None:
    assert is_template(text, load_all(text)) is is_one


@pytest.mark.parametrize("unit", ["{{", "{{ ", "{{a", "{% ", " "])
def test_looking_for_templates_takes_no_time(unit: str) -> None:
    began = time.process_time()
    assert not is_template(unit * 100_000 + "{{a" + " " * 100_000)
    # A pattern that goes back over what it has read would take minutes of this.
    assert time.process_time() - began < 20


def test_unknown_tags_and_odd_scalars_are_text() -> None:
    (document,) = read("a.yaml", "a: !vault x\nb: !!int nope\nc: 2026-13-45\n")
    assert document.data["b"] == "nope"
    assert document.data["c"] == "2026-13-45"


def test_aliases_neither_grow_nor_loop(tmp_path: Path) -> None:
    lines = ["a0: &a0 {containers: [{image: x}]}"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    head = "apiVersion: ray.io/v1\nkind: RayService\nmetadata: {name: b}\nspec:\n"
    bomb = head + "\n".join(f"  {line}" for line in lines)
    findings, gaps = scan(tmp_path, bomb=bomb, loop="a: &a\n  b: *a\n")
    assert gaps == ()
    assert {finding.rule_id for finding in findings} >= {"iac/model-server-image-by-tag"}
    assert len(findings) < 10


def test_deep_nesting_is_a_gap(tmp_path: Path) -> None:
    _, gaps = scan(tmp_path, deep="[" * 2000 + "]" * 2000)
    assert [gap.subject for gap in gaps] == ["deep.yaml"]


def test_a_list_is_what_it_holds() -> None:
    documents = read("a.yaml", "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Pod}]\n")
    assert [resource.kind for resource in make_world(documents).resources] == ["Pod"]


def test_a_policy_in_another_file_counts_and_one_of_another_namespace_does_not(
    tmp_path: Path,
) -> None:
    service = (
        "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\n"
        "metadata: {{name: {0}, namespace: {0}}}\n"
        "spec: {{predictor: {{model: {{modelFormat: {{name: onnx}}}}}}}}\n"
    )
    fence = (
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
        "metadata: {name: fence, namespace: one}\nspec: {podSelector: {}}\n"
    )
    files = {"one": service.format("one"), "two": service.format("two"), "net__fence": fence}
    findings, _ = scan(tmp_path, **files)
    rule = "iac/model-server-without-network-policy"
    assert [f.location.path for f in findings if f.rule_id == rule] == ["two.yaml"]  # type: ignore[union-attr]


def test_skips_by_comment_and_annotation_keep_their_reason(tmp_path: Path) -> None:
    text = (
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: {name}\n"
        "{annotations}spec:\n  mtls:\n    mode: PERMISSIVE{comment}\n"
    )
    skip = "SG_ISTIO_MTLS_NOT_STRICT"
    findings, _ = scan(
        tmp_path,
        comment=text.format(
            name="a", annotations="", comment=f"  # checkov:skip={skip}:until all are in the mesh"
        ),
        annotation=text.format(
            name="b",
            annotations=f'  annotations: {{checkov.io/skip1: "{skip}=until then"}}\n',
            comment="",
        ),
        other=text.format(name="c", annotations="", comment="  # checkov:skip=CKV_K8S_1:no"),
    )
    given = {f.location.path: f.suppression for f in findings}  # type: ignore[union-attr]
    assert given["other.yaml"] is None
    assert given["comment.yaml"] is not None
    assert given["comment.yaml"].reason == "until all are in the mesh"
    assert given["annotation.yaml"] is not None
    assert given["annotation.yaml"].reason == "until then"
