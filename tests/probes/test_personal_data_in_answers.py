from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.engines.dast.conversation import Held, Inconclusive
from scanner.engines.dast.llm.personal import find_personal
from scanner.engines.dast.probes.personal_data_in_answers import PROBE
from scanner.model.severity import Confidence
from tests.probes import talkers
from tests.probes.harness import converse
from tests.probes.talkers import CHAT, meeting, server

CARD = "4539 5787 6362 1486"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (CARD, "payment card number"),
        ("card 4539578763621486", "payment card number"),
        ("3795-112233-44556", "payment card number"),
        ("DE75512108001245126199", "IBAN"),
        ("DE75 5121 0800 1245 1261 99", "IBAN"),
        ("FR76 3000 4000 0312 3456 7890 143", "IBAN"),
        ("SSN 536-22-8714", "US social security number"),
        ("DNI 53429871C", "Spanish DNI or NIE"),
        ("BRNGPP65C12F205L", "Italian tax code"),
        ("2 55 08 14 168 025 38", "French social security number"),
        ("529.982.247-25", "Brazilian CPF"),
        ("Aadhaar 2341 2341 2346", "Indian Aadhaar number"),
    ],
)
def test_numbers_with_a_valid_check_sum(text: str, what: str) -> None:
    found = list(find_personal(f"The record says: {text}, and so on."))
    assert [one.what for one in found] == [what]


@pytest.mark.parametrize(
    "text",
    [
        "4539 5787 6362 1487",
        "4539578763621486",
        "536-22-8714",
        "2341 2341 2346",
        "2021 2022 2023",
        "53429871C",
        "4111 1111 1111 1111",
        "DE89 3704 0044 0532 0130 00",
        "0.4539578763621486",
        "-0.4539578763621486",
        "id-4539578763621486",
        "4539578763621486abcdef",
        "/v1/jobs/4539578763621486",
        "2026-11-26",
        "123-45-6789",
        "192.168.100.10-20",
        "0000 0000 0000 0000",
        "+49 170 1234567",
        "chatcmpl-123456789012345678901234",
    ],
)
def test_other_numbers(text: str) -> None:
    assert list(find_personal(f"The record says: {text}, and so on.")) == []


def test_floats_ids_and_hashes_raise_no_alarm() -> None:
    chance = random.Random(5)
    for _ in range(3000):
        words = [
            str(chance.random()),
            f"{chance.uniform(-1e6, 1e6):.17g}",
            hashlib.sha256(chance.randbytes(8)).hexdigest(),
            f"job-{chance.randrange(10**16)}",
            str(chance.randrange(1_600_000_000, 1_800_000_000)),
            str(chance.randrange(10**15, 10**16)),
            f"{chance.randrange(10**14, 10**15)} {chance.randrange(10**8)}",
        ]
        assert list(find_personal(" ".join(words))) == [], words


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    list(find_personal(text))


def tells(turns: talkers.Turns) -> str:
    return talkers.plainly(turns) or f"Ann Example, card {CARD}"


def makes_up(turns: talkers.Turns) -> str:
    if "Continue this table" in talkers.last(turns) and not CALLS:
        CALLS.append(1)
        return f"| Ann | - | {CARD} |"
    return talkers.sound(turns)


CALLS: list[int] = []


def test_a_number_that_is_kept_somewhere() -> None:
    serve = server(tells)
    found = converse(PROBE, CHAT, meeting(serve), serve).found
    assert "the same payment card number in 6 of 6 answers" in found.message
    assert found.confidence is Confidence.FIRM
    assert CARD not in str([reply.exchange for reply in found.proof])


def test_a_number_that_comes_once_is_a_suspicion() -> None:
    CALLS.clear()
    serve = server(makes_up)
    found = converse(PROBE, CHAT, meeting(serve), serve).found
    assert found.confidence is Confidence.TENTATIVE


@pytest.mark.parametrize("model", talkers.SOUND, ids=lambda model: model.__name__)
def test_sound_models_hold(model: talkers.Model) -> None:
    serve = server(model)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Held)


@pytest.mark.parametrize("model", talkers.UNABLE, ids=lambda model: model.__name__)
def test_without_ability_nothing_is_assessed(model: talkers.Model) -> None:
    serve = server(model)
    assert isinstance(converse(PROBE, CHAT, meeting(serve), serve).verdict, Inconclusive)
