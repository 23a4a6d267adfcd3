"""Texts and entities as Telegram takes them."""

from __future__ import annotations

import pytest

from sandbox.world import ApiError, Content, Entity, World
from sandbox.world.entities import is_invisible, nested, normalised

Spans = list[tuple[str, int, int]]


def spans(*given: tuple[str, int, int]) -> list[Entity]:
    return [Entity(type=kind, offset=offset, length=length) for kind, offset, length in given]


def shown(entities: tuple[Entity, ...] | list[Entity]) -> Spans:
    return [(one.type, one.offset, one.length) for one in entities]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (
            [("bold", 0, 8), ("italic", 4, 7)],
            [("bold", 0, 4), ("italic", 4, 7), ("bold", 4, 4)],
        ),
        ([("bold", 0, 3), ("bold", 3, 3)], [("bold", 0, 6)]),
        ([("bold", 0, 6), ("code", 2, 2)], [("bold", 0, 2), ("code", 2, 2), ("bold", 4, 2)]),
        ([("code", 0, 4), ("text_link", 2, 4)], [("code", 0, 4)]),
        ([("text_link", 0, 4), ("blockquote", 2, 4)], [("blockquote", 2, 4)]),
        ([("text_link", 2, 2), ("blockquote", 0, 6)], [("blockquote", 0, 6), ("text_link", 2, 2)]),
        ([("blockquote", 0, 6), ("blockquote", 2, 2)], [("blockquote", 0, 6)]),
    ],
)
def test_entities_never_cross(given: Spans, kept: Spans) -> None:
    assert shown(nested(spans(*given))) == kept


def test_control_characters_and_white_space_go() -> None:
    text, entities = normalised("\r\n a\x00b\u202e😀\t ", spans(("bold", 3, 3), ("italic", 7, 2)))
    assert text == "a b😀"
    assert shown(entities) == [("bold", 0, 3), ("italic", 3, 2)]


@pytest.mark.parametrize(
    ("text", "given", "words"),
    [
        (
            "ab",
            ("bold", 1, 2),
            "entity beginning at UTF-16 offset 1 ends after the end of the text at UTF-16 offset 3",
        ),
        ("ab", ("bold", 3, 1), "entity begins after the end of the text at UTF-16 offset 3"),
        ("a😀", ("bold", 2, 1), "entity begins in a middle of a UTF-16 symbol at byte offset 5"),
        (
            "a😀",
            ("bold", 0, 2),
            "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte "
            "offset 5",
        ),
    ],
)
def test_entities_that_do_not_fit_the_text(
    text: str, given: tuple[str, int, int], words: str
) -> None:
    with pytest.raises(ApiError) as refused:
        normalised(text, spans(given))
    assert refused.value.description == f"Bad Request: {words}"


@pytest.mark.parametrize(
    "text", ["", " \n", "\u200b", "\u2800", "\u3164"[:0], "\ufeff\u00a0", "\U000e0020"]
)
def test_invisible_texts(text: str) -> None:
    assert is_invisible(text)
    with pytest.raises(ApiError, match="text must be non-empty"):
        normalised(text, ())
    assert normalised(text, (), may_be_empty=True) == ("", ())


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(ApiError, match="strings must be encoded in UTF-8"):
        normalised("a\ud83d", ())


def test_without_strict_mode_texts_are_taken_as_they_come() -> None:
    world = World(strict=False)
    ada = world.add_account(first_name="Ada")
    bot = world.add_bot(owner_id=ada.id, name="E", username="e_bot")
    world.start(ada.id, bot.id)
    chat = world.chat(bot.id, ada.id)
    bold = Entity(type="bold", offset=0, length=9)
    assert world.send(bot.id, chat, Content(text="ab", entities=(bold,))).content.text == "ab"
    world.strict = True
    with pytest.raises(ApiError, match="ends after the end of the text"):
        world.send(bot.id, chat, Content(text="ab", entities=(bold,)))
