"""Parses phone numbers as people write them into E.164.

Telegram needs a number in international form (https://core.telegram.org/method/auth.sendCode).
People write it with brackets, a trunk zero, digits of their own script, as a link, or without
the country code. https://www.itu.int/rec/T-REC-E.164
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final
from urllib.parse import unquote

import phonenumbers
from babel.languages import get_official_languages
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

SHORTEST: Final = 7
LONGEST: Final = 15
UNASSIGNED: Final = ("888", "999")
"""Prefixes that no numbering plan contains but Telegram uses: anonymous numbers
(https://fragment.com/numbers) and the numbers of its test servers."""
MOST_REGIONS: Final = 12
"""A language of more countries than this does not determine the number's country."""

_PLUS: Final = "+"
_NUMBER: Final = re.compile(r"[+0-9][0-9+()\[\]{}\s./\\|~_,*'-]*")


class CountryMissing(ValueError):
    """The number has no country code and its country is ambiguous. The person is asked, so
    that no code is sent to somebody else."""


def read_phone(text: str, language: str = "") -> str | None:
    """The number in ``text`` as E.164 without its plus; None when there is none.

    Args:
        text: what a person wrote or shared.
        language: their language code ("fa", "en-GB"): a number without country code is read
            as one of a country where it is spoken, if it is valid in exactly one.

    Raises:
        CountryMissing: a number that is valid in several countries or in none of them.
    """
    written = _find(_plain(text))
    if written is None:
        return None
    if written.startswith("00"):
        written = _PLUS + written[2:]
    if written.startswith(_PLUS):
        return _international(written)
    return _without_plus(written, language)


def own_contact(number: str) -> str:
    """The number of a contact with a user_id: international, often without plus.

    https://core.telegram.org/bots/api#contact
    """
    bare = number.strip()
    return bare if bare.startswith(_PLUS) else _PLUS + bare


def _plain(text: str) -> str:
    """``text`` with ASCII digits and without invisible characters."""
    seen = (char for char in unicodedata.normalize("NFKC", unquote(text)))
    return "".join(
        str(unicodedata.decimal(char)) if char.isdecimal() else _ascii(char)
        for char in seen
        if unicodedata.category(char) != "Cf"
    )


def _ascii(char: str) -> str:
    if unicodedata.category(char) == "Pd" or char == "−":
        return "-"
    return char


def _find(text: str) -> str | None:
    """The only part of ``text`` long enough to be a number: its digits, and its plus."""
    without_extension = text.partition(";")[0]
    found = []
    for match in _NUMBER.finditer(without_extension):
        digits = "".join(char for char in match[0] if char.isdigit())
        if len(digits) >= SHORTEST:
            found.append(_PLUS + digits if match[0].startswith(_PLUS) else digits)
    return found[0] if len(found) == 1 else None


def _international(written: str) -> str | None:
    """Length by country is not checked, Telegram does that: numbering plans change."""
    digits = written[1:]
    if not digits.startswith(UNASSIGNED):
        number = _parse(written, None)
        if number is None:
            return None
        digits = _e164(number)
    return digits if SHORTEST <= len(digits) <= LONGEST else None


def _without_plus(digits: str, language: str) -> str | None:
    """Read a number that may be international without its plus, or national."""
    readings = {
        _e164(number)
        for region in regions_of(language)
        if (number := _parse(digits, region)) is not None and phonenumbers.is_valid_number(number)
    }
    if not digits.startswith("0"):
        number = _parse(_PLUS + digits, None)
        if number is not None and phonenumbers.is_valid_number(number):
            readings.add(_e164(number))
    if len(readings) == 1:
        return readings.pop()
    if not readings and digits.startswith(UNASSIGNED):
        return _international(_PLUS + digits)
    if len(digits) > LONGEST:
        return None
    raise CountryMissing


def _parse(written: str, region: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(written, region)
    except NumberParseException:
        return None


def _e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix(_PLUS)


@cache
def regions_of(language: str) -> tuple[str, ...]:
    """The likely countries of a person who reads ``language`` (an IETF tag)."""
    tag, _, rest = language.replace("_", "-").partition("-")
    territory = next((part.upper() for part in rest.split("-") if len(part) == 2), "")
    if territory in phonenumbers.SUPPORTED_REGIONS:
        return (territory,)
    regions = tuple(
        region
        for region in sorted(phonenumbers.SUPPORTED_REGIONS)
        if tag.lower() in get_official_languages(region, regional=True, de_facto=True)
    )
    return regions if len(regions) <= MOST_REGIONS else ()
