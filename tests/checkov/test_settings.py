"""The policies that the configuration steers, on small repositories, with the real Checkov."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from scanner.config import load_settings
from scanner.engines.checkov import Checkov
from scanner.inventory import take_inventory
from scanner.model.errors import ConfigError
from scanner.model.outcome import Completed
from scanner.model.plan import StaticTask
from scanner.model.protocols import ScanContext

ENDPOINT = 'resource "aws_sagemaker_endpoint" "this" {\n  endpoint_config_name = "c"\n}\n'


def scan(root: Path, files: dict[str, str], checkov: Checkov) -> Completed:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    listed = [file for found in take_inventory(root).files.values() for file in found]
    task = StaticTask(engine="checkov", stage=Checkov.stage, root=root, files=tuple(listed))
    return Checkov.scan(
        checkov, task, ScanContext(progress=lambda _: None, cancelled=threading.Event())
    )


def places(done: Completed, rule: str) -> set[str]:
    return {str(f.location) for f in done.findings if f.rule_id == f"iac/{rule}"}


@pytest.mark.e2e
def test_serving_comes_from_an_approved_folder(tmp_path: Path) -> None:
    files = {
        "modules/endpoint/main.tf": ENDPOINT,
        "own/main.tf": ENDPOINT,
        "live/main.tf": (
            'module "good" {\n  source = "../modules/endpoint"\n}\n'
            'module "other" {\n  source = "../own"\n}\n'
        ),
    }
    done = scan(tmp_path, files, Checkov(approved_modules=("./modules/endpoint",)))
    found = places(done, "serving-outside-approved-module")
    assert found == {"own/main.tf:1 (aws_sagemaker_endpoint.this)"}


@pytest.mark.e2e
def test_regions_in_plans_variables_and_json_syntax(tmp_path: Path) -> None:
    plan = (
        '{"format_version": "1.2", "terraform_version": "1.9.0", "planned_values": {"root_module":'
        '{"resources": [{"address": "google_storage_bucket.wide", "mode": "managed", "type":'
        '"google_storage_bucket", "name": "wide", "values": {"location": "US"}}]}},'
        '"resource_changes": []}'
    )
    files = {
        "plan.out.json": plan,
        "a/main.tf": 'variable "r" {\n  default = "us-east-1"\n}\n'
        'provider "aws" {\n  region = var.r\n}\n',
        "b/main.tf.json": '{"provider": {"aws": {"region": "us-east-1"}}, "resource":'
        '{"google_storage_bucket": {"far": {"location": "us-central1"}}}}',
        "c/main.tf": 'variable "r" {}\nprovider "aws" {\n  region = var.r\n}\n',
        "c/prod.tfvars": 'r = "eu-central-1"\n',
    }
    done = scan(tmp_path, files, Checkov(allowed_regions=("eu-central-1",)))
    found = {place.split(":")[0] for place in places(done, "region-outside-allowed")}
    assert found == {"plan.out.json", "a/main.tf", "b/main.tf.json"}


@pytest.mark.e2e
def test_without_a_list_nothing_is_outside_it(tmp_path: Path) -> None:
    files = {"main.tf": 'provider "aws" {\n  region = "us-east-1"\n}\n' + ENDPOINT}
    done = scan(tmp_path, files, Checkov())
    assert not places(done, "region-outside-allowed")
    assert not places(done, "serving-outside-approved-module")


@pytest.mark.e2e
def test_our_policies_are_skipped_by_comment_with_the_reason(tmp_path: Path) -> None:
    text = (
        'resource "aws_sagemaker_model" "m" {\n'
        "  # checkov:skip=SG_SAGEMAKER_MODEL_WITHOUT_VPC:it is a throw-away account\n"
        '  execution_role_arn = "r"\n}\n'
    )
    done = scan(tmp_path, {"main.tf": text}, Checkov())
    (finding,) = [f for f in done.findings if f.rule_id == "iac/sagemaker-model-without-vpc"]
    assert finding.suppression is not None
    assert finding.suppression.reason == "it is a throw-away account"


def test_the_section_is_read_and_its_keys_are_checked(tmp_path: Path) -> None:
    config = tmp_path / "servegate.toml"
    config.write_text('[iac]\nallowed_regions = ["eu-central-1"]\n')
    assert load_settings(config, {}).iac.allowed_regions == ("eu-central-1",)
    config.write_text('[iac]\nallowed_region = ["eu-central-1"]\n')
    with pytest.raises(ConfigError, match="did you mean allowed_regions"):
        load_settings(config, {})
