"""A JSON object in a parameter: typed getters with Telegram's error descriptions.

These are those of TDLib's ``JsonObject``; numbers and texts are interchangeable as there:
https://github.com/tdlib/td/blob/master/tdutils/td/utils/JsonBuilder.cpp
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sandbox.world.errors import ApiError, bad_request

INT = 2**31
LONG = 2**63
_WHOLE = re.compile(r"-?[0-9]{1,20}", re.ASCII)


def whole(value: Any, limit: int = INT) -> int | None:
    """A whole number below ``limit``, perhaps as a text; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or not -limit <= value < limit:
        return None
    return value


class Fields:
    """An object's fields.

    Args:
        given: what should be an object.
        what: how error descriptions begin, say ``can't parse keyboard button``.
        wrong: the description when it is not an object.
    """

    def __init__(self, given: Any, what: str = "", wrong: str = "expected an Object") -> None:
        self._what = what
        if not isinstance(given, Mapping):
            raise self.complaint(wrong)
        self._given = given

    def complaint(self, words: str) -> ApiError:
        return bad_request(f"{self._what}: {words}" if self._what else _lower(words))

    def has(self, name: str) -> bool:
        return name in self._given

    def raw(self, name: str) -> Any:
        return self._given.get(name)

    def text(self, name: str, *, required: bool = False) -> str:
        """Raises ApiError: 400, it is missing or neither a String nor a Number."""
        value = self._value(name, required)
        if value is None:
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise self.complaint(f'Field "{name}" must be of type String')

    def number(
        self, name: str, *, default: int = 0, required: bool = False, limit: int = INT
    ) -> int:
        """Raises ApiError: 400, it is missing or no whole number of 32 (or 64) bits."""
        value = self._value(name, required)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise self.complaint(f'Field "{name}" must be a Number')
        found = whole(value, limit)
        if found is None:
            raise self.complaint(f'Field "{name}" must be a valid Number')
        return found

    def flag(self, name: str) -> bool:
        """Raises ApiError: 400, it is no Boolean."""
        value = self._value(name, False)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.complaint(f'Field "{name}" must be of type Boolean')
        return value

    def object(self, name: str) -> Fields:
        """Raises ApiError: 400, it is missing or no Object."""
        value = self._value(name, True)
        return Fields(value, self._what, f'Field "{name}" must be of type Object')

    def array(self, name: str) -> list[Any] | None:
        """None when it is missing. Raises ApiError: 400, it is no Array."""
        value = self._value(name, False)
        if value is not None and not isinstance(value, list):
            raise self.complaint(f'Field "{name}" must be of type Array')
        return value

    def _value(self, name: str, required: bool) -> Any:
        value = self._given.get(name)
        if required and value is None:
            raise self.complaint(f'Can\'t find field "{name}"')
        return value


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]
