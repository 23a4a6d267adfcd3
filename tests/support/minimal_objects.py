"""The smallest objects of aiogram's types: required fields only, as JSON."""

from __future__ import annotations

import types
from datetime import datetime
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

_PLAIN: dict[type, object] = {
    str: "x",
    bool: True,
    int: 7,
    float: 1.5,
    datetime: 1_700_000_000,
}


def minimal(model: type[BaseModel], **fields: object) -> dict[str, Any]:
    """An object of ``model`` with its required fields, and these."""
    found: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if field.is_required():
            found[field.alias or name] = _value(field.annotation)
        elif isinstance(field.default, str) and get_origin(field.annotation) is Literal:
            found[field.alias or name] = field.default  # The tag of a union.
    return found | fields


def _value(annotation: Any) -> Any:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return arguments[0]
    if origin in (Union, types.UnionType):
        return _value(next(one for one in arguments if one is not type(None)))
    if origin is list:
        return [_value(arguments[0])]
    if origin is not None and arguments:  # Annotated
        return _value(arguments[0])
    if isinstance(annotation, type):
        if issubclass(annotation, BaseModel):
            return minimal(annotation)
        for plain, value in _PLAIN.items():
            if issubclass(annotation, plain):
                return value
    return "x"  # An alias of a union of many; a text is among them.


def value_of(model: type[BaseModel], name: str) -> Any:
    """A minimal value of one field, required or not."""
    return _value(model.model_fields[name].annotation)
