"""What only begins like a key, or stands for one, is none; and keys are found behind escapes."""

from __future__ import annotations

import json
import random
import string

import pytest

from scanner.engines.secrets.detectors import keys_in
from scanner.engines.secrets.engine import found_in

DRAW = random.Random(31)
ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def drawn(count: int, alphabet: str = ALNUM) -> str:
    return "".join(DRAW.choice(alphabet) for _ in range(count))


NAMES = (
    '<div class="sk-admin-dashboard-settings-panel">',
    ".sk-proj-card-header-container { }",
    ".sk-proj-grid-2-columns-wide-1024px-layout { }",
    "fw_downloadAndInstallFirmwareImage(dev)",
    "static int fw_loadFirmwareFromFlashBank(void)",
    "fw_writeBootloaderToFlash2WithChecksum32(dev)",
    "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(x)",
    "hf_Qwen2VLForConditionalGeneration2B",
    "hf_runBertForSequenceClassification()",
    '"nvapi-get-physical-gpu-handles-from-display-output": 1',
    "nvapi-driver-551-78-release-notes-for-windows-11-and-10",
    "xoxb-slack-bot-token-goes-right-here",
    "xoxp-1-2-3-user-token-of-the-workspace",
    "r8_quantizeTensorToSignedEightBitIntegers",
    "glpat-project-access-token-of-the-group",
    "ghp_this_is_not_a_token_but_a_name_of_one",
    "pplx-online-large-model-with-citations-v2",
    "AIzaThisIsNotAKeyButAnExplanationOfOne",
    "gsk_groqStreamingKernelForSpeculativeDecodingOfTokens",
    "sk-ant-api03-this-is-where-the-key-of-the-team-would-stand",
    "sk-proj-my-very-long-project-name-for-the-demo",
    "tvly-dev-search-results-of-the-last-month-only",
    "pcsk_productCatalogueServiceKeyForTheStagingEnvironment",
    "dapi_server_for_documentation_of_the_service",
    "jina_embeddings_v2_base_en_with_long_context_for_retrieval_of_code",
    "MISTRAL_API_KEY=MyMistralKeyFromTheVaultOfOurs12",
    "COHERE_API_KEY: CohereKeyFromTheSecretManagerOfTheTeam01",
)
STAND_INS = (
    "hf_" + "x" * 34,
    "sk-proj-<your-key>",
    "sk-proj-" + "0" * 48,
    "sk-" + "a" * 48,
    "sk-ant-api03-${ANTHROPIC_API_KEY}",
    "ghp_" + "aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789",
    "ghp_" + "1234567890abcdefghijklmnopqrstuvwxyz",
    "AKIA" + "IOSFODNN7EXAMPLE",
    "AKIA" + "I44QH8DHBEXAMPLE",
    "ASIA" + "Y34FZKBOKEXAMPLE",
    "sk_live_" + "REPLACE_ME_WITH_YOUR_KEY_PLEASE",
    "xoxb-" + "000000000000-0000000000000-xxxxxxxxxxxxxxxxxxxxxxxx",
    "https://hooks.slack.com/services/T00000000/B00000000/" + "X" * 24,
    "gsk_" + "...",
)
NO_KEYS = (
    "550e8400-e29b-41d4-a716-446655440000",
    f"commit {drawn(40, HEX)}",
    f'"integrity": "sha512-{drawn(86)}=="',
    f'integrity="sha384-{drawn(64)}"',
    f"data:image/png;base64,{drawn(4000, ALNUM + '+/')}",
    f"image: registry.example/a@sha256:{drawn(64, HEX)}",
    f"MODEL_REVISION={drawn(40, HEX)}",
    f"etag: W/{drawn(40)}",
)
# What providers print in their documentation, taken apart so that no scanner stops here.
DOCUMENTED = (
    "ghp_16C7e42F292c6912E7710c8" + "38347Ae178B4a",
    "xoxb-17653672481-19874698323-pdFZKVe" + "TuE8sk7oOcBrzbqgy",
    "AIzaSyDaGmWKa4JsXZ-HjGw7IS" + "Ln_3namBGewQe",
    "AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsu"
    + "Fq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
    "AccountKey=C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDu"
    + "VTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw==",
)


@pytest.mark.parametrize("text", [*NAMES, *STAND_INS, *NO_KEYS])
def test_it_is_no_key(text: str) -> None:
    assert list(keys_in(text)) == []
    assert list(keys_in(f'x = "{text}"\n')) == []


@pytest.mark.parametrize("text", DOCUMENTED)
def test_a_key_of_the_documentation_is_nobodys(text: str) -> None:
    assert len(list(keys_in(text))) == 1, "it would be one"
    assert list(found_in("a.yaml", text)) == []
    assert len(list(found_in("a.yaml", text.replace("4", "3")))) == 1


MORE = {
    "Databricks": "da" + "pi" + drawn(32, HEX),
    "Cerebras": "cs" + "k-" + drawn(48, string.ascii_lowercase + string.digits),
    "Langfuse": "sk-" + "lf-" + "-".join(drawn(count, HEX) for count in (8, 4, 4, 4, 12)),
    "LlamaCloud": "ll" + "x-" + drawn(48),
    "Jina": "ji" + "na_" + drawn(60),
    "RunPod": "rp" + "a_" + drawn(40, string.ascii_uppercase + string.digits),
    "Azure AI": drawn(52) + "JQ" + "QJ99" + drawn(26),
    "HashiCorp Vault": "hv" + "s." + drawn(24),
    "npm": "np" + "m_" + drawn(36),
    "PyPI": "py" + "pi-AgEIcHlwaS5vcmc" + drawn(120),
    "Docker": "dckr" + "_pat_" + drawn(27),
    "DigitalOcean": "do" + "p_v1_" + drawn(64, HEX),
    "Stripe": "sk" + "_live_" + drawn(24),
    "SendGrid": "S" + "G." + drawn(22) + "." + drawn(43),
    "Slack": "https://hooks.slack."
    + f"com/services/T{drawn(8, '0123456789AB')}/B0A1C2D3E4/{drawn(24)}",
    "Hugging Face": "h" + "f_" + drawn(34, string.ascii_letters),
    "Fireworks": "f" + "w_" + drawn(24),
}


@pytest.mark.parametrize("provider", MORE)
@pytest.mark.parametrize(
    "place", ["{}", 'x = "{}"', "Use:\\n{}\\nnow", "a%3D{}", "\\u0022{}\\u0022", "k: {} # c"]
)
def test_it_is_one(provider: str, place: str) -> None:
    text = place.format(MORE[provider])
    (hit,) = keys_in(text)
    assert (hit.provider, text[hit.start : hit.end]) == (provider, MORE[provider])


def test_nearly_every_drawn_key_is_one() -> None:
    """Whether characters are in no order is told by their number; few look like words by chance."""
    forms = {
        "hf_": (34, string.ascii_letters),
        "sk-proj-": (48, ALNUM + "-_"),
        "ghp_": (36, ALNUM),
        "gsk_": (52, ALNUM),
        "r8_": (37, ALNUM),
        "AIza": (35, ALNUM + "-_"),
        "fw_": (24, ALNUM),
    }
    for head, (count, alphabet) in forms.items():
        texts = (f"{head}{drawn(count, alphabet)}" for _ in range(400))
        missed = [text for text in texts if not list(keys_in(text))]
        assert len(missed) <= 4, missed


def test_a_key_in_json_inside_json_is_one() -> None:
    text = json.dumps({"prompt": f"Use this key:\n{MORE['npm']}\nand no other"})
    assert len(list(keys_in(text))) == 1
