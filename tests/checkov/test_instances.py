"""Rows of one weakness become one finding, and no two weaknesses do."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from scanner.engines.checkov.instances import Hit, block_address, merge
from scanner.engines.checkov.places import address, lines_of

HIT = Hit(
    check_id="CKV_AWS_21",
    framework="terraform",
    title="Versioning",
    path="modules/bucket/main.tf",
    lines=(5, 8),
    address="aws_s3_bucket.this",
)


def of(*addresses: str) -> list[Hit]:
    return [replace(HIT, address=name) for name in addresses]


@pytest.mark.parametrize(
    ("given", "framework", "block"),
    [
        ('module.a["x.y"].module.b[0].aws_s3_bucket.this[1]', "terraform", "aws_s3_bucket.this"),
        ('module.a["x"].aws_s3_bucket.this', "terraform_plan", "module.a.aws_s3_bucket.this"),
        ("jobs(build).steps[1]", "github_actions", "jobs(build).steps[1]"),
    ],
)
def test_the_address_of_the_block(given: str, framework: str, block: str) -> None:
    assert block_address(given, framework) == block


def test_instances_of_one_block_are_one_weakness() -> None:
    (one,) = merge(of('module.s["a"].aws_s3_bucket.this', 'module.s["b"].aws_s3_bucket.this'))
    assert one.address == "aws_s3_bucket.this"
    assert len(one.addresses) == 2
    assert '2 instances: module.s["a"].aws_s3_bucket.this' in one.subject()


def test_a_skip_that_only_some_instances_have_stays_apart() -> None:
    plain, skipped = of("module.a.aws_s3_bucket.this", "module.b.aws_s3_bucket.this")
    assert len(merge([plain, replace(skipped, skipped="kept elsewhere")])) == 2


def test_other_lines_or_checks_are_other_weaknesses() -> None:
    hits = [HIT, replace(HIT, lines=(10, 12)), replace(HIT, check_id="CKV_AWS_18")]
    assert len(merge(hits)) == 3


def test_a_plan_joins_the_one_source_that_declares_it() -> None:
    source = replace(HIT, address='module.s["a"].aws_s3_bucket.this')
    plan = replace(source, framework="terraform_plan", path="plan.json", lines=(1, 1))
    (one,) = merge([plan, source])
    assert one.hit.path == "modules/bucket/main.tf"
    assert [hit.path for hit in one.also] == ["plan.json"]


def test_a_plan_stays_itself_where_two_sources_could_be_meant() -> None:
    plan = replace(HIT, framework="terraform_plan", path="plan.json", lines=(1, 1))
    hits = [plan, replace(HIT, path="a/main.tf"), replace(HIT, path="b/main.tf")]
    assert len(merge(hits)) == 3


def test_places() -> None:
    lines = ["{", '  "address": "aws_s3_bucket.a[\\"k\\"]",', "}"]
    assert lines_of((0, 0), "terraform_plan", 'aws_s3_bucket.a["k"]', lines) == (2, 2)
    assert lines_of((0, 0), "terraform_plan", "aws_s3_bucket.z", lines) == (1, 1)
    assert lines_of((0, 99), "kubernetes", "Pod.x", lines) == (1, 3)
    json_lines = ['{"resource": {"aws_x": {"a": {}}, "aws_y": {"b": {}, "a": {}}}}']
    assert address("resource.b", "terraform_json", "m.tf.json", json_lines) == "aws_y.b"
    assert address("resource.a", "terraform_json", "m.tf.json", json_lines) == "resource.a"
    assert address("/a/Dockerfile.USER", "dockerfile", "a/Dockerfile", []) == "USER"
