"""An options model's fields that a user can set with buttons or text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from types import UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin

from annotated_types import MaxLen
from pydantic.fields import FieldInfo

from tenants.bot.features.api import Options


class Kind(StrEnum):
    SWITCH = "switch"
    CHOICE = "choice"
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionField:
    """One option of a feature."""

    key: str
    title: str
    about: str
    kind: Kind
    choices: tuple[str, ...] = ()
    longest: int | None = None

    def read(self, text: str) -> Any:
        """Convert a user's text to the field's type. The model then validates it.

        Raises:
            ValueError: not a number.
        """
        match self.kind:
            case Kind.NUMBER:
                number = float(text.strip().replace(",", "."))
                return int(number) if number.is_integer() else number
            case Kind.LIST:
                return text.replace(",", " ").split()
            case _:
                return text.strip()


def fields_of(model: type[Options]) -> Iterator[OptionField]:
    """The fields that can be edited here; other types are skipped."""
    for key, info in model.model_fields.items():
        kind, choices = _kind(_bare(info.annotation))
        if kind is None:
            continue
        yield OptionField(
            key=key,
            title=info.title or key.replace("_", " ").capitalize(),
            about=info.description or "",
            kind=kind,
            choices=choices,
            longest=_longest(info),
        )


def field_of(model: type[Options], key: str) -> OptionField | None:
    return next((one for one in fields_of(model) if one.key == key), None)


_PLAIN: Final[dict[Any, Kind]] = {
    bool: Kind.SWITCH,
    int: Kind.NUMBER,
    float: Kind.NUMBER,
    str: Kind.TEXT,
}


def _kind(annotation: Any) -> tuple[Kind | None, tuple[str, ...]]:
    if annotation in _PLAIN:
        return _PLAIN[annotation], ()
    if get_origin(annotation) is Literal:
        return Kind.CHOICE, tuple(str(value) for value in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return Kind.CHOICE, tuple(str(member.value) for member in annotation)
    if get_origin(annotation) in (list, tuple, frozenset) and str in get_args(annotation):
        return Kind.LIST, ()
    return None, ()


def _bare(annotation: Any) -> Any:
    """``X | None`` is set like ``X``."""
    if get_origin(annotation) in (Union, UnionType):
        rest = [one for one in get_args(annotation) if one is not type(None)]
        return rest[0] if len(rest) == 1 else annotation
    return annotation


def _longest(info: FieldInfo) -> int | None:
    return next((one.max_length for one in info.metadata if isinstance(one, MaxLen)), None)
