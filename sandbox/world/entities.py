"""Texts and entities as Telegram processes them: cleaned, checked, nested without overlaps.

The rules and descriptions are TDLib's (``fix_formatted_text``, ``fix_entities``,
``clean_input_string_with_entities``, ``is_empty_string``), reimplemented:
https://github.com/tdlib/td/blob/master/td/telegram/MessageEntity.cpp
https://github.com/tdlib/td/blob/master/td/telegram/misc.cpp
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from sandbox.world.content_models import Entity
from sandbox.world.errors import bad_request
from sandbox.world.refusals import refused
from sandbox.world.text_entities import utf16

STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")
"""They may overlap anything; where they would cross something they are split."""
QUOTES = ("blockquote", "expandable_blockquote")
VERBATIM = ("pre", "code", "date_time")
"""Nothing is nested in these."""

_CONTROLS = re.compile(r"[\x00-\x08\x09\x0b\x0c\x0e-\x1f]")
_REMOVED = re.compile(r"[\r\u2028-\u202e\u0333\u033f\u030a]")
_UNUSUAL = re.compile(r"[\x00-\x09\x0b-\x1f\u2028-\u202e\u0333\u033f\u030a]")
_INVISIBLE = re.compile(
    "[\\s\u1680\u180e\u2000-\u200f\u202e\u202f\u205f\u2800\u3000\ufffc\ufeff\u00a0"
    "\U000e0000-\U000e007f]*"
)


def is_invisible(text: str) -> bool:
    """Whether the text has no visible character."""
    return _INVISIBLE.fullmatch(text) is not None


def cleaned(text: str, *, may_be_empty: bool = True) -> str:
    """A text without entities: control characters are spaces, some are removed.

    Raises:
        ApiError: 400, it is not UTF-8, or nothing of it is left.
    """
    return normalised(text, (), may_be_empty=may_be_empty)[0]


def normalised(
    text: str, entities: Sequence[Entity], *, may_be_empty: bool = False
) -> tuple[str, tuple[Entity, ...]]:
    """A text as it is stored: cleaned and trimmed, its entities shifted, split and merged.

    Raises:
        ApiError: 400, it is not UTF-8, an entity reaches beyond it or into the middle of a
            character, or nothing of it is left.
    """
    check_utf8(text)
    kept = [one for one in entities if one.length > 0]
    _check_bounds(text, kept)
    kept = nested(kept)
    if _UNUSUAL.search(text):
        text, kept = _without_controls(text, kept)
    text, kept = _trimmed(text, kept)
    if is_invisible(text):
        if may_be_empty:
            return "", ()
        raise refused("text_must_be_non_empty")
    return text, tuple(nested(kept))


def check_utf8(text: str) -> None:
    """Raises ApiError: 400, there is half of a surrogate pair in it."""
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise bad_request("strings must be encoded in UTF-8")


# --- Bounds -----------------------------------------------------------------------------------


def _check_bounds(text: str, entities: Iterable[Entity]) -> None:
    starts = _Starts(text)
    for one in sorted(entities, key=_order):
        begin, end = one.offset, one.offset + one.length
        if begin < 0 or begin > 1_000_000:
            raise bad_request(f"receive an entity with incorrect offset {begin}")
        if begin > starts.length:
            raise bad_request(f"entity begins after the end of the text at UTF-16 offset {begin}")
        if begin in starts.middles:
            raise bad_request(
                "entity begins in a middle of a UTF-16 symbol at byte offset "
                f"{starts.middles[begin]}"
            )
        if end > starts.length:
            raise bad_request(
                f"entity beginning at UTF-16 offset {begin} ends after the end of the text at "
                f"UTF-16 offset {end}"
            )
        if end in starts.middles:
            raise bad_request(
                f"entity beginning at UTF-16 offset {begin} ends in a middle of a UTF-16 symbol "
                f"at byte offset {starts.middles[end]}"
            )


class _Starts:
    """Where characters of a text begin, in UTF-16 code units."""

    def __init__(self, text: str) -> None:
        self.length = utf16(text)
        self.middles: dict[int, int] = {}
        """Offsets between the halves of a character: the byte offset of the next one."""
        if self.length == len(text):
            return
        offset = byte = 0
        for sign in text:
            size = len(sign.encode())
            byte += size
            offset += 2 if size == 4 else 1
            if size == 4:
                self.middles[offset - 1] = byte


# --- Cleaning ---------------------------------------------------------------------------------


def _without_controls(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    text = _CONTROLS.sub(" ", text)
    gone, offset, position = [], 0, 0
    for match in _REMOVED.finditer(text):
        offset += utf16(text[position : match.start()])
        position = match.start()
        gone.append(offset)

    def moved(at: int) -> int:
        return at - sum(1 for one in gone if one < at)

    kept = []
    for one in entities:
        begin, end = moved(one.offset), moved(one.offset + one.length)
        if begin < end:
            kept.append(replace(one, offset=begin, length=end - begin))
    return _REMOVED.sub("", text), kept


def _trimmed(text: str, entities: Sequence[Entity]) -> tuple[str, list[Entity]]:
    """Removes spaces at the end, and those before the first entity and the first letter."""
    text = text.rstrip(" \n")
    whole = utf16(text)
    kept = [
        replace(one, length=min(one.length, whole - one.offset))
        for one in entities
        if one.offset < whole
    ]
    first = min((one.offset for one in kept), default=whole)
    skipped = min(len(text) - len(text.lstrip(" \n")), first)
    if skipped:
        kept = [replace(one, offset=one.offset - skipped) for one in kept]
    return text[skipped:], kept


# --- Nesting ----------------------------------------------------------------------------------


def nested(entities: Iterable[Entity]) -> list[Entity]:
    """Entities none of which crosses another: links and the like don't overlap, quotations
    contain complete ones, styles are merged and split at the edges of the others."""
    ordered = sorted(entities, key=_order)
    if len(ordered) < 2:
        return ordered
    quotes = _apart([one for one in ordered if one.type in QUOTES])
    solid = _apart([one for one in ordered if one.type not in (*STYLES, *QUOTES)])
    solid = [one for one in solid if not any(_crosses(one, quote) for quote in quotes)]
    styles = _split([one for one in ordered if one.type in STYLES], [*solid, *quotes])
    return sorted([*solid, *quotes, *styles], key=_order)


def _apart(ordered: Sequence[Entity]) -> list[Entity]:
    """The first of those that overlap."""
    kept: list[Entity] = []
    end = 0
    for one in ordered:
        if one.offset >= end:
            kept.append(one)
            end = one.offset + one.length
    return kept


def _crosses(one: Entity, quote: Entity) -> bool:
    """Whether an entity overlaps a quotation without being inside it."""
    end, quote_end = one.offset + one.length, quote.offset + quote.length
    overlap = one.offset < quote_end and quote.offset < end
    return overlap and not (quote.offset <= one.offset and end <= quote_end)


def _split(styles: Sequence[Entity], others: Sequence[Entity]) -> list[Entity]:
    merged = [one for kind in STYLES for one in _merged(kind, styles)]
    cuts = {one.offset for one in merged}
    cuts |= {edge for one in others for edge in (one.offset, one.offset + one.length)}
    verbatim = [(one.offset, one.offset + one.length) for one in others if one.type in VERBATIM]
    pieces: list[Entity] = []
    for one in merged:
        end = one.offset + one.length
        edges = [one.offset, *sorted(cut for cut in cuts if one.offset < cut < end), end]
        for begin, stop in pairwise(edges):
            if not any(low <= begin < high for low, high in verbatim):
                pieces.append(replace(one, offset=begin, length=stop - begin))
    return pieces


def _merged(kind: str, styles: Sequence[Entity]) -> list[Entity]:
    """Merge adjacent ranges of the same style."""
    found: list[Entity] = []
    for one in styles:
        if one.type != kind:
            continue
        last = found[-1] if found else None
        if last is not None and one.offset <= last.offset + last.length:
            end = max(last.offset + last.length, one.offset + one.length)
            found[-1] = replace(last, length=end - last.offset)
        else:
            found.append(one)
    return found


def _order(entity: Entity) -> tuple[int, int, bool]:
    return entity.offset, -entity.length, entity.type in STYLES
