"""What people read is said plainly: none of the phrases that had to be explained comes back."""

from __future__ import annotations

import pytest

from tenants.i18n.catalog_check import DOMAINS, read

RIDDLES = (
    "your own eyes",
    "key of your own",
    "one day more",
    "read best",
    "the safe",
    "our safe",
    "its safe",
    "at first",
    "hear no more",
    "put aside",
    "set aside",
    "time after time",
    "everybody else up",
    "held everybody",
    "we were away",
    "that was often",
    "counts from now on",
)


@pytest.mark.parametrize("domain", DOMAINS)
def test_texts_are_plain(domain: str) -> None:
    """The worst wordings of U in the list of known faults."""
    texts = [str(message.id).casefold() for message in read("en", domain)]
    found = [(riddle, text) for riddle in RIDDLES for text in texts if riddle in text]
    assert found == []
