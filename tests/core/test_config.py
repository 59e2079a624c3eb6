"""Configuration: one frozen value, and one line that names the key when it can't be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanner.config import find_config, load_settings
from scanner.model.errors import ConfigError
from scanner.model.severity import Severity
from scanner.target import target_of


def write(folder: Path, text: str) -> Path:
    path = folder / "servegate.toml"
    path.write_text(text)
    return path


def test_flags_lie_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[gate]\nfail_on = "low"\nrequired = ["iac"]\n')
    settings = load_settings(path, {"gate": {"fail_on": "critical"}})
    assert settings.gate.fail_on is Severity.CRITICAL
    assert settings.gate.required == ("iac",)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[gate]\nfail_onn = "low"\n', "unknown key gate.fail_onn (did you mean fail_on?)"),
        ("[gates]\n", "unknown key gates (did you mean gate?)"),
        ('[gate]\nfail_on = "severe"\n', "gate.fail_on: 'severe' is none of info, low"),
        ("[gate]\nfail_on = 4\n", "gate.fail_on: '4' is none of info, low"),
        ("[gate]\nwaiver_severity = [1]\n", "gate.waiver_severity: '[1]' is none of info, low"),
        ("[rotation]\nmanager = 'gcp'\n", "rotation.manager: 'gcp' is none of aws, azure, vault"),
        ("[[endpoint]]\nnme = 'a'\n", "unknown key [[endpoint]].nme (did you mean name?)"),
        ("[scan]\nmax_file_bytes = -1\n", "scan.max_file_bytes:"),
        ("[gate\n", "not valid TOML"),
        ('[endpoint]\ncommand = "x \'{port}"\n', "can't be split into words"),
        ('[endpoint]\ncommand = "x {port}"\ncwd = "nowhere"\n', "cwd 'nowhere' is not a folder"),
        (
            '[endpoint]\nurl = "http://x"\n[[endpoint.identities]]\nname = "a"\nvalue_env = "NO"',
            "identity 'a': environment variable NO is not set",
        ),
    ],
)
def test_a_fault_is_one_line_that_names_the_key(tmp_path: Path, text: str, told: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        target_of(load_settings(path, {}), tmp_path, {})
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secret_with_a_line_break_is_refused(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[endpoint]\nurl = "http://localhost"\n'
        '[[endpoint.identities]]\nname = "a"\nvalue_env = "KEY"\n',
    )
    with pytest.raises(ConfigError, match="control character"):
        target_of(load_settings(path, {}), tmp_path, {"KEY": "one\r\nX-Evil: 1"})


def test_generated_secrets_reach_identity_and_endpoint_and_no_repr(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        '[endpoint]\ncommand = "serve {port}"\n'
        '[[endpoint.identities]]\nname = "a"\nvalue_env = "KEY"\nprefix = "Bearer "\n'
        "generate = true\n",
    )
    target = target_of(load_settings(path, {}), tmp_path, {})
    assert target is not None
    made = dict(target.env)["KEY"]
    assert len(made) > 30
    assert target.identities[0].secret == f"Bearer {made}"
    assert made not in repr(target.identities)


def test_no_endpoint_is_no_target(tmp_path: Path) -> None:
    assert target_of(load_settings(None, {}), tmp_path, {}) is None


def test_the_scanned_folders_file_is_used_only_inside_the_working_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "project", tmp_path / "stranger"
    for folder in (inside / "service", outside):
        folder.mkdir(parents=True)
        write(folder, "")
    assert find_config(inside / "service", inside) == (inside / "service/servegate.toml", "")
    found, note = find_config(outside, inside)
    assert found is None
    assert "--config" in note


def test_the_working_folders_file_serves_the_folders_below(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    write(tmp_path, "")
    assert find_config(tmp_path / "src", tmp_path) == (tmp_path / "servegate.toml", "")
