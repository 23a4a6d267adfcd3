"""Texts keep every entity on their way, in UTF-16 units (K2)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aiogram.types import Chat, Message, MessageEntity, User
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.bot.formatted_text import FormattedText, utf16_length
from tenants.i18n.translator import Catalogs, Markup, name

_CHARACTERS = st.one_of(
    st.sampled_from("aZ <>&\"'\n\u200f\u2068سЖ文\u0301"),
    st.sampled_from(["😀", "👩‍👩‍👧", "🇫🇷", "𝔘"]),
)
_TEXT = st.lists(_CHARACTERS, min_size=1, max_size=40).map("".join)
_DETAILS: list[dict[str, Any]] = [
    {"type": "bold"},
    {"type": "italic"},
    {"type": "spoiler"},
    {"type": "code"},
    {"type": "blockquote"},
    {"type": "expandable_blockquote"},
    {"type": "pre", "language": '"><b>x'},
    {"type": "text_link", "url": 'http://a.b/"><b>'},
    {"type": "text_mention", "user": User(id=7, is_bot=False, first_name="Eve")},
    {"type": "custom_emoji", "custom_emoji_id": "5368324170671202286"},
    {"type": "date_time", "unix_time": 1_700_000_000, "date_time_format": "wDT"},
]


@st.composite
def formatted_texts(draw: st.DrawFn) -> FormattedText:
    """A text with entities that begin and end between characters; they may be nested."""
    characters = draw(st.lists(_CHARACTERS, min_size=1, max_size=40))
    borders = [0]
    for character in characters:
        borders.append(borders[-1] + utf16_length(character))
    entities = []
    for details in draw(st.lists(st.sampled_from(_DETAILS), max_size=8)):
        first = draw(st.integers(0, len(borders) - 2))
        last = draw(st.integers(first + 1, len(borders) - 1))
        offset, length = borders[first], borders[last] - borders[first]
        entities.append(MessageEntity(offset=offset, length=length, **details))
    return FormattedText("".join(characters), tuple(entities))


def _covered(text: FormattedText) -> list[tuple[str, dict[str, Any]]]:
    """What each entity covers, and everything else that it says."""
    units = text.text.encode("utf-16-le", "surrogatepass")
    found = []
    for entity in text.entities:
        part = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
        rest = entity.model_dump(exclude={"offset", "length"})
        found.append((part.decode("utf-16-le", "surrogatepass"), rest))
    return found


@settings(max_examples=300, derandomize=True, deadline=None)
@given(formatted_texts(), formatted_texts())
def test_entities_are_carried_behind_a_header_and_back_unchanged(
    header: FormattedText, body: FormattedText
) -> None:
    """K2."""
    joined = body.below(header)
    assert joined.text == f"{header.text}\n{body.text}"
    assert _covered(joined) == [*_covered(header), *_covered(body)]
    assert joined.slice(header.length + 1, joined.length).text == body.text
    back = joined.slice(header.length + 1, joined.length)
    assert back == body
    assert joined.slice(0, header.length) == header


@settings(max_examples=200, derandomize=True, deadline=None)
@given(formatted_texts(), st.integers(0, 90), st.integers(0, 90))
def test_a_slice_never_holds_half_a_character(text: FormattedText, one: int, other: int) -> None:
    """K2."""
    start, end = sorted((one, other))
    part = text.slice(start, end)
    assert part.text in text.text
    part.text.encode()
    assert part.length <= end - start
    assert all(entity.offset + entity.length <= part.length for entity in part.entities)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(_TEXT)
def test_a_value_in_markup_arrives_as_it_was(value: str) -> None:
    tr = Catalogs.load("tenants").translator("en")
    read = FormattedText.from_markup(tr("<b>{who}</b>", who=name(value)))
    assert read.text == f"\u2068{name(value)}\u2069"
    (bold,) = read.entities
    assert (bold.type, bold.offset, bold.length) == ("bold", 0, read.length)


def test_markup_becomes_nested_entities() -> None:
    markup = Markup('<a href="tg://user?id=42"><b>😀 A&amp;B</b></a> · <i>x</i>')
    read = FormattedText.from_markup(markup)
    assert read.text == "😀 A&B · x"
    assert [(e.type, e.offset, e.length) for e in read.entities] == [
        ("text_mention", 0, 6),
        ("bold", 0, 6),
        ("italic", 9, 1),
    ]
    assert read.entities[0].user is not None
    assert read.entities[0].user.id == 42


def test_lengths_are_utf16_units() -> None:
    """K2: 2,048 emoji are 4,096 units."""
    assert FormattedText("😀" * 2048).fits(4096)
    assert not FormattedText("😀" * 2049).fits(4096)


def test_a_caption_is_taken_where_there_is_no_text() -> None:
    bold = MessageEntity(type="bold", offset=0, length=2)
    message = Message(
        message_id=1,
        date=datetime(2026, 1, 1, tzinfo=UTC),
        chat=Chat(id=1, type="private"),
        caption="😀",
        caption_entities=[bold],
    )
    assert FormattedText.of(message) == FormattedText("😀", (bold,))
