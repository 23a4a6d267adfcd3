"""A text's direction follows its first letter, so a name there must not decide it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

import pytest

from tenants.i18n.catalog_check import DOMAINS, read

_TAG = re.compile(r"</?[a-z]+[^>]*>")
_PERSIAN = re.compile(r"[\u0600-\u06ff]")
_STRONG = ("L", "R", "AL")


def decided_by_a_name(text: str) -> bool:
    """Whether a placeholder or a Latin letter comes before the first right-to-left one
    (https://www.unicode.org/reports/tr9/#P2)."""
    if not _PERSIAN.search(text):
        return False
    for character in _TAG.sub("", text):
        if character == "{":
            return True
        if unicodedata.bidirectional(character) in _STRONG:
            return unicodedata.bidirectional(character) == "L"
    return False


def strings(found: object) -> Iterable[str]:
    return found if isinstance(found, (list, tuple)) else [str(found)]


@pytest.mark.parametrize("domain", DOMAINS)
def test_persian_texts_begin_right_to_left(domain: str) -> None:
    """U, languages: what the owner reads after /ban began with "@username" and was laid out
    from the left."""
    texts = [text for message in read("fa", domain) if message.id
             for text in strings(message.string)]  # fmt: skip
    assert [text for text in texts if decided_by_a_name(text)] == []


@pytest.mark.parametrize("domain", DOMAINS)
def test_usernames_and_commands_keep_their_sign_in_front(domain: str) -> None:
    """In a right-to-left line "@" and "/" go to the wrong end of the word unless a
    left-to-right mark stands before them."""
    bare = re.compile(r"(?<![\u200e\w])@(?=[\w{])|(?<![\u200e\w</:>])/(?=[a-z]{3,}\b)")
    texts = [text for message in read("fa", domain) if message.id
             for text in strings(message.string)]  # fmt: skip
    assert [text for text in texts if _PERSIAN.search(text) and bare.search(text)] == []
