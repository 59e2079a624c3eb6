"""Which files are looked through for secrets: where people put them, by name and whatever kind."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest

from scanner.engines.secrets import READS
from scanner.inventory import take_inventory

DRAW = random.Random(53)
KEY = "gh" + "p_" + "".join(DRAW.choice(string.ascii_letters + string.digits) for _ in range(36))
READ = (
    *(".env", ".env.production", "prod.env", ".envrc", "deploy/.env.local", ".npmrc", ".netrc"),
    *("prompts/system.md", "prompts/agent.j2", "system.prompt", "few_shot.txt", "prompt.yaml"),
    *(
        "chat.ipynb",
        "values.yaml",
        "values-prod.yml",
        "docker-compose.yml",
        "chart/templates/s.tpl",
    ),
    *("main.tf", "prod.tfvars", "prod.auto.tfvars", "prod.tfvars.json", "terraform.tfstate"),
    *("terraform.tfstate.backup", "prod.tfbackend", ".terraformrc", "plan.json", "k8s/secret.yaml"),
    *("id_rsa", "keys/id_ed25519", ".aws/credentials", "kubeconfig", "dev.kubeconfig", "a.pem"),
    *("server.key", "putty.ppk", "key.asc", "jwks.json", "private.jwk", "client.ovpn", ".bashrc"),
    *("run.sh", "Makefile", "Justfile", "app.py", "app.ts", "Main.java", "build.gradle", "x.kts"),
    *("settings.json5", "fix.patch", "Dockerfile", "a.service", ".github/workflows/ci.yml"),
)
PASSED = (
    "a.png",
    "weights.bin",
    "data.parquet",
    "a.zip",
    "archive.tar",
    "song.mp3",
    "a.exe",
    "core",
)


@pytest.mark.parametrize("name", READ)
def test_it_is_looked_through(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# {KEY}\n")
    assert [file.path for file in take_inventory(tmp_path).of(*READS)] == [name]


@pytest.mark.parametrize("name", PASSED)
def test_what_is_no_text_is_passed(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("x")
    assert not take_inventory(tmp_path).of(*READS)
