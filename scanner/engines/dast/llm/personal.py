"""Numbers that stand for a person or his account, told from other digits by their check sums.

Only what can be checked is taken: digits of floats, identifiers and hashes pass a pattern easily, a
check sum seldom. Sources: ISO/IEC 7812 (Luhn), ISO 13616 (IBAN), and the national definitions of
each number. Numbers that documentation uses are nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from scanner.model.values import Value

# Not inside a longer word, number, decimal fraction, path or hash.
_BEFORE = r"(?<![\w.+/=#-])"
_AFTER = r"(?![\w/=#]|[.-]\w)"
_NEAR = 60
_IBAN_LENGTHS = {
    "AT": 20,
    "BE": 16,
    "CH": 21,
    "CZ": 24,
    "DE": 22,
    "DK": 18,
    "ES": 24,
    "FI": 18,
    "FR": 27,
    "GB": 22,
    "IE": 22,
    "IT": 27,
    "LU": 20,
    "NL": 18,
    "NO": 15,
    "PL": 28,
    "PT": 25,
    "SE": 24,
}
_KNOWN_EXAMPLES = frozenset(
    {
        "4111111111111111",
        "4242424242424242",
        "4012888888881881",
        "4000056655665556",
        "5555555555554444",
        "5105105105105100",
        "2223003122003222",
        "378282246310005",
        "371449635398431",
        "6011111111111117",
        "6011000990139424",
        "30569309025904",
        "3530111333300000",
        "4000000000000002",
        "DE89370400440532013000",
        "DE91100000000123456789",
        "GB29NWBK60161331926819",
        "GB82WEST12345698765432",
        "GB33BUKB20201555555555",
        "FR1420041010050500013M02606",
        "FR7630006000011234567890189",
        "NL91ABNA0417164300",
        "ES9121000418450200051332",
        "IT60X0542811101000000123456",
        "CH9300762011623852957",
        "AT611904300234573201",
        "BE68539007547034",
        "12345678Z",
        "00000000T",
        "X1234567L",
        "RSSMRA80A01H501U",
        "12345678909",
        "11144477735",
    }
)
_VERHOEFF_D = (
    "0123456789",
    "1234067895",
    "2340178956",
    "3401289567",
    "4012395678",
    "5987604321",
    "6598710432",
    "7659821043",
    "8765932104",
    "9876543210",
)
_VERHOEFF_P = (
    "0123456789",
    "1576283094",
    "5803796142",
    "8916043527",
    "9453126870",
    "4286573901",
    "2793806415",
    "7046913258",
)
_CODICE_ODD = dict(
    zip(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        (
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21),
            *(1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10),
            *(22, 25, 24, 23),
        ),
        strict=True,
    )
)


class Personal(Value):
    """A number found in a text: what it is, as it stands there, and without its separators."""

    what: str
    text: str
    bare: str


def find_personal(text: str) -> Iterator[Personal]:
    """Every number of a person in a text, those of documentation left out."""
    taken: list[tuple[int, int]] = []
    for kind in _KINDS:
        for match in kind.pattern.finditer(text):
            bare = re.sub(r"[\s.\-/]", "", match[0]).upper()
            start, end = match.span()
            if (
                bare not in _KNOWN_EXAMPLES
                and len(set(bare)) > 3
                and kind.holds(bare)
                and not any(start < other_end and end > other for other, other_end in taken)
                and _said_nearby(kind, match, text)
            ):
                taken.append(match.span())
                yield Personal(kind.what, match[0], bare)


def _said_nearby(kind: _Kind, match: re.Match[str], text: str) -> bool:
    """Whether a word tells what the number is, where digits alone tell too little."""
    if kind.needs is None or (kind.grouped_suffices and not match[0].isalnum()):
        return True
    near = text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
    return kind.needs.search(near) is not None


def _luhn(digits: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _card(digits: str) -> bool:
    """Issuers' ranges: Visa, Mastercard, American Express, Discover."""
    lead = int(digits[:4])
    sixteen = digits[0] == "4" or 5100 <= lead < 5600 or 2221 <= lead < 2721
    sixteen = sixteen or lead == 6011 or digits[:2] == "65"
    amex = digits[:2] in ("34", "37")
    return len(digits) == (15 if amex else 16) and (sixteen or amex) and _luhn(digits)


def _iban(text: str) -> bool:
    if _IBAN_LENGTHS.get(text[:2]) != len(text):
        return False
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97 == 1


def _ssn(digits: str) -> bool:
    """No check sum: numbers that the Social Security Administration never gives are left out."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    given = area not in ("000", "666", "123", "078", "219") and area < "900"
    return given and group != "00" and serial != "0000"


def _dni(text: str) -> bool:
    number = text[:-1].translate(str.maketrans("XYZ", "012"))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == text[-1]


def _codice(text: str) -> bool:
    even = {char: index for index, char in enumerate("0123456789")}
    even |= {char: index for index, char in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
    total = sum(
        _CODICE_ODD[char] if place % 2 == 0 else even[char] for place, char in enumerate(text[:15])
    )
    return chr(ord("A") + total % 26) == text[15]


def _nir(text: str) -> bool:
    number = int(text[:13].replace("2A", "19").replace("2B", "18"))
    return 97 - number % 97 == int(text[13:])


def _cpf(digits: str) -> bool:
    for length in (9, 10):
        total = sum(int(digits[i]) * (length + 1 - i) for i in range(length))
        if total * 10 % 11 % 10 != int(digits[length]):
            return False
    return True


def _aadhaar(digits: str) -> bool:
    check = 0
    for place, digit in enumerate(reversed(digits)):
        moved = int(_VERHOEFF_P[place % 8][int(digit)])
        check = int(_VERHOEFF_D[check][moved])
    return check == 0 and digits[0] not in "01"


class _Kind(Value, kw_only=True):
    """A kind of number. `needs` are words of which one must stand nearby, unless the digits stand
    in groups and `grouped_suffices`."""

    what: str
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]
    needs: re.Pattern[str] | None = None
    grouped_suffices: bool = False


def _kind(
    what: str, pattern: str, holds: Callable[[str], bool], needs: str = "", *, grouped: bool = False
) -> _Kind:
    return _Kind(
        what=what,
        pattern=re.compile(_BEFORE + pattern + _AFTER),
        holds=holds,
        needs=re.compile(needs, re.IGNORECASE) if needs else None,
        grouped_suffices=grouped,
    )


_KINDS: tuple[_Kind, ...] = (
    _kind("IBAN", r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?", _iban),
    _kind(
        "payment card number",
        r"(?:[2-6]\d{3}([ -]?)\d{4}\1\d{4}\1\d{4}|3[47]\d{2}([ -]?)\d{6}\2\d{5})",
        _card,
        r"card|visa|master|amex|american express|discover|credit|debit|payment|\bpan\b",
        grouped=True,
    ),
    _kind("US social security number", r"\d{3}-\d{2}-\d{4}", _ssn, r"\bssn\b|social security"),
    _kind("Spanish DNI or NIE", r"[XYZ\d]\d{7}-?[A-Z]", _dni, r"\b(dni|nie|nif)\b|spain|spanish"),
    _kind("Italian tax code", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", _codice),
    _kind(
        "French social security number",
        r"[12] ?\d{2} ?(?:0[1-9]|1[0-2]) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}",
        _nir,
        r"\bnir\b|s[ée]curit[ée] sociale|social security|insee",
        grouped=True,
    ),
    _kind("Brazilian CPF", r"\d{3}\.\d{3}\.\d{3}-\d{2}", _cpf),
    _kind("Indian Aadhaar number", r"\d{4} \d{4} \d{4}", _aadhaar, r"aadh?aar|\buid\b"),
)
