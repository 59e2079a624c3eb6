"""What Checkov passes over in silence, or ends of, is a gap that is named."""

from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path
from typing import Any

import pytest

from scanner import assets
from scanner.engines.checkov import Checkov, plans, policies
from scanner.engines.checkov.unseen import framework_of, unfit, unrendered
from scanner.inventory import take_inventory
from scanner.model.errors import ToolCrashed
from scanner.model.outcome import Completed, Partial
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext

BUCKET = 'resource "aws_s3_bucket" "b" {\n  bucket = "b"\n}\n'
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [{name: x, image: y}]\n"
RESOURCE = {"address": "aws_s3_bucket.b", "mode": "managed", "type": "aws_s3_bucket", "name": "b"}


def plan(**parts: Any) -> dict[str, Any]:
    values = {"root_module": {"resources": [{**RESOURCE, "values": {"acl": "public-read"}}]}}
    whole = {"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": values}
    return {**whole, "resource_changes": [], "configuration": {}, **parts}


def scan(root: Path, files: dict[str, str]) -> Completed | Partial:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    listed = [file for found in take_inventory(root).files.values() for file in found]
    task = StaticTask(engine="checkov", stage=Checkov.stage, root=root, files=tuple(listed))
    return Checkov().scan(task, ScanContext(progress=lambda _: None, cancelled=threading.Event()))


def gaps(done: Completed | Partial) -> dict[str, str]:
    return {gap.subject: gap.reason for gap in getattr(done, "gaps", ())}


@pytest.fixture
def broken_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of `rules/`, for a test to break."""
    copy = tmp_path / "rules"
    shutil.copytree(assets.rules_dir(), copy, ignore=shutil.ignore_patterns("__pycache__"))
    policies.read()
    monkeypatch.setattr(assets, "rules_dir", lambda: copy)
    return copy


@pytest.mark.e2e
def test_policies_that_all_fail_to_load_are_no_scan(tmp_path: Path, broken_rules: Path) -> None:
    (broken_rules / "checkov/_policy.py").write_text('raise ImportError("half an installation")\n')
    with pytest.raises(ToolCrashed, match=r"none of the policies .*half an installation"):
        scan(tmp_path / "repo", {"main.tf": BUCKET})


@pytest.mark.e2e
def test_one_policy_that_fails_to_load_is_named(tmp_path: Path, broken_rules: Path) -> None:
    folder = broken_rules / "checkov"
    python, text = (
        folder / "serving-port-open-to-world.py",
        folder / "sagemaker-model-without-vpc.yaml",
    )
    python.write_text(python.read_text().replace("@policy(", "@policy(NO_SUCH_NAME,"))
    text.write_text(text.read_text().replace("definition:", "definitions:"))
    done = scan(tmp_path / "repo", {"main.tf": BUCKET, "d.yaml": POD})
    said = gaps(done)
    assert set(said) == {f"rules/checkov/{python.stem}", f"rules/checkov/{text.stem}"}
    assert "NameError" in said[f"rules/checkov/{python.stem}"]
    assert done.findings


@pytest.mark.e2e
def test_policies_are_not_asked_for_where_nothing_is_for_them(tmp_path: Path) -> None:
    assert not gaps(scan(tmp_path, {"d.yaml": POD}))


@pytest.mark.e2e
@pytest.mark.parametrize(
    "files",
    [
        {"main.tf": 'resource "random_pet" "a" {}\n', "vars.tf": 'variable "a" {}\n'},
        {"only.tfvars": 'a = "b"\n'},
        {"main.tf.json": json.dumps({"resource": {"random_pet": {"a": {}}}})},
        {"plan.json": json.dumps(plan())},
        {"main.tf": 'resource "random_pet" "a" {\n  count = 0\n}\n'},
        {"m/main.tf": BUCKET, "main.tf": 'module "a" {\n  source = "./m"\n  count = 0\n}\n'},
    ],
)
def test_terraform_without_much_to_say_is_no_gap(tmp_path: Path, files: dict[str, str]) -> None:
    assert not gaps(scan(tmp_path, files))


@pytest.mark.e2e
def test_a_process_that_dies_takes_no_framework_with_it(tmp_path: Path, broken_rules: Path) -> None:
    observe = broken_rules / "checkov/_observe.py"
    dies = "    def scan_entity_conf(self, conf, entity_type):\n        import os; os._exit(9)\n"
    text = observe.read_text().replace("    def scan_entity_conf(", dies + "\n    def unused(")
    observe.write_text(text)
    said = gaps(scan(tmp_path / "repo", {"main.tf": BUCKET, "d.yaml": POD}))
    assert said == {"main.tf": "checkov gave no answer for files of its kind"}


@pytest.mark.e2e
def test_what_would_break_checkov_is_named_and_the_rest_is_scanned(tmp_path: Path) -> None:
    files = {
        "d.yaml": POD,
        "bool.yaml": POD + "---\napiVersion: v1\nkind: !!bool nope\n",
        "int.yaml": POD + "x: !!int ''\n",
        ".github/workflows/ci.yml": "on: push\njobs: !!bool nope\n",
        "change.json": json.dumps(plan(resource_changes=[{"address": "x"}])),
        "good.json": json.dumps(plan()),
    }
    done = scan(tmp_path, files)
    said = gaps(done)
    assert set(said) == set(files) - {"d.yaml", "good.json"}
    assert said["change.json"].endswith("resource_changes[0].change: is missing")
    assert {f.location.path for f in done.findings if hasattr(f.location, "path")} == {
        "d.yaml",
        "good.json",
    }


@pytest.mark.e2e
def test_a_manifest_whose_keys_are_escaped_is_a_gap(tmp_path: Path) -> None:
    escaped = '{"k\\u0069nd": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}}'
    said = gaps(scan(tmp_path, {"d.yaml": POD, "pod.json": escaped}))
    assert said == {"pod.json": "checkov does not take it for a manifest: its keys are escaped"}


@pytest.mark.e2e
def test_manifests_in_json_are_looked_at(tmp_path: Path) -> None:
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}}
    pod["spec"] = {"containers": [{"name": "x", "image": "y"}]}
    files = {"pod.json": json.dumps(pod), "cut.json": json.dumps(pod)[:-2]}
    files["list.json"] = json.dumps({"apiVersion": "v1", "kind": "List", "items": [pod]}, indent=1)
    done = scan(tmp_path, files)
    assert gaps(done) == {"cut.json": "not valid JSON in UTF-8"}
    found = {f.location.path for f in done.findings if hasattr(f.location, "path")}
    assert found == {"pod.json", "list.json"}


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ({"planned_values": None}, "planned_values"),
        ({"planned_values": {"root_module": {"resources": ["x"]}}}, "resources[0]"),
        (
            {"planned_values": {"root_module": {"resources": [RESOURCE | {"values": None}]}}},
            "values",
        ),
        ({"planned_values": {"root_module": {"child_modules": [{"resources": [{}]}]}}}, "type"),
        ({"resource_changes": [{"address": "x", "change": {"after": None}}]}, "before"),
        ({"configuration": "x"}, "configuration"),
        ({"configuration": {"provider_config": {"aws": {"name": None}}}}, "provider_config.*.name"),
        ({"configuration": {"root_module": {"module_calls": {"m": {"module": []}}}}}, "module"),
    ],
)
def test_a_plan_of_another_shape_is_named(parts: dict[str, Any], told: str) -> None:
    said = plans.fault(json.dumps(plan(**parts)))
    assert said is not None
    assert told in said


def test_a_plan_as_terraform_writes_it_has_no_fault() -> None:
    change = {"actions": ["create"], "before": None, "after": {}, "after_unknown": {"id": True}}
    nested = {"address": "module.m", "resources": [RESOURCE], "child_modules": [{"address": "x"}]}
    whole = plan(
        variables={"a": {"value": 1}},
        planned_values={"outputs": {}, "root_module": {"child_modules": [nested]}},
        resource_changes=[{**RESOURCE, "change": change}],
        configuration={
            "provider_config": {"aws": {"name": "aws", "expressions": {"region": {}}}},
            "root_module": {
                "resources": [{**RESOURCE, "expressions": {"acl": {"references": ["var.a"]}}}],
                "module_calls": {"m": {"source": "./m", "module": {}}},
            },
        },
    )
    assert plans.fault(json.dumps(whole)) is None


VPC = 'module "vpc" {\n  source  = "acme/vpc/aws"\n  version = "1.0.0"\n}\n'


def plan_with(*calls: tuple[str, str]) -> str:
    made = {name: {"source": source, "module": {}} for name, source in calls}
    return json.dumps(plan(configuration={"root_module": {"module_calls": made}}))


@pytest.mark.e2e
def test_a_module_that_is_not_here_is_shown_by_a_plan_that_holds_it(tmp_path: Path) -> None:
    other = 'module "net" {\n  source = "git::https://git.example.com/net.git?ref=v1"\n}\n'
    files = {
        "one/main.tf": VPC + other,
        "one/plan.json": plan_with(("vpc", "registry.terraform.io/acme/vpc/aws")),
        "two/main.tf": VPC,
    }
    assert set(gaps(scan(tmp_path, files))) == {
        "one/main.tf (module.net)",
        "two/main.tf (module.vpc)",
    }


def test_which_stack_a_plan_speaks_for() -> None:
    vpc, other = ("vpc", "acme/vpc/aws"), ("vpc", "acme/other/aws")
    asked = [("dev/main.tf", vpc), ("prod/main.tf", vpc)]
    assert plans.shown(asked, {"dev/plan.json": frozenset({vpc})}) == {("dev/main.tf", vpc)}
    assert plans.shown(asked, {"plans/a.json": frozenset({vpc})}) == set()
    both = {"plans/a.json": frozenset({vpc}), "plans/b.json": frozenset({vpc})}
    assert plans.shown(asked, both) == set(asked)
    assert plans.shown(asked[:1], {"plans/a.json": frozenset({vpc})}) == {asked[0]}
    assert plans.shown(asked[:1], {"dev/plan.json": frozenset({other})}) == set()


DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: a\nspec:\n  replicas: 1\n"
    "  template:\n    spec:\n      containers:\n        - name: m\n          image: IMAGE\n"
    "          args: [ARGS]\n"
)


@pytest.mark.parametrize(
    "text",
    [
        DEPLOYMENT.replace("IMAGE", '"{{ image }}"'),
        DEPLOYMENT.replace("IMAGE", "'{{ .Values.image }}'"),
        DEPLOYMENT.replace("name: a", 'name: "{{ name }}-model"'),
        DEPLOYMENT.replace("replicas: 1", "replicas: '{{ count }}'"),
        DEPLOYMENT.replace("ARGS", '"--model={{ .Values.model }}"'),
        DEPLOYMENT + "# {{- if .Values.extra }}\n",
        DEPLOYMENT.replace("name: a", "name: a\n  labels: {x: '{{ include \"l\" . }}'}"),
        DEPLOYMENT.replace(
            "kind: Deployment",
            "kind: List\nitems:\n- kind: Pod\n  apiVersion: v1\n  metadata: {name: '{{ x }}'}",
        ),
    ],
)
def test_templates_that_happen_to_be_yaml(text: str) -> None:
    assert unfit("d.yaml", text) is None
    assert unrendered("d.yaml", text) == "a template; render it and scan the result"


@pytest.mark.parametrize(
    "text",
    [
        DEPLOYMENT.replace("ARGS", '"--chat-template={{ bos_token }}{% for m in messages %}"'),
        DEPLOYMENT.replace("name: a", "name: a\n  annotations: {note: 'uses {{ x }}'}"),
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  t.jinja: '{{ x }}'\n",
        "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {generateName: a-}\n"
        "spec: {templates: [{container: {image: '{{inputs.parameters.image}}'}}]}\n",
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: a}\n"
        "spec: {groups: [{rules: [{annotations: {summary: '{{ $labels.pod }} {{ $value }}'}}]}]}\n",
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata: {name: a}\n"
        "spec: {target: {template: {data: {k: '{{ .password }}'}}}}\n",
    ],
)
def test_placeholders_that_belong_to_somebody_else(text: str) -> None:
    assert unfit("d.yaml", text) is None
    assert unrendered("d.yaml", text) is None


def test_an_alias_bomb_is_no_file_for_checkov() -> None:
    text = POD + "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    for n in range(1, 9):
        text += f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n"
    assert "aliases" in str(unfit("d.yaml", text))
    endless = "apiVersion: v1\nkind: List\nitems: &a [{kind: List, items: *a}]\n"
    assert "aliases" in str(unfit("d.yaml", endless))


def test_json_is_a_plan_only_if_it_says_so() -> None:
    assert framework_of("a.json", json.dumps(plan())) == "terraform_plan"
    assert framework_of("a.json", '{"apiVersion": "v1", "kind": "Pod"}') == "kubernetes"
