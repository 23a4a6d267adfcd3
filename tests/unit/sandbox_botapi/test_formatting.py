"""parse_mode and entities, against what Telegram documents and TDLib says."""

from __future__ import annotations

import pytest

from sandbox.botapi.formatting import formatted
from sandbox.world.content_models import Entity
from sandbox.world.errors import ApiError
from sandbox.world.text_entities import detect, trimmed


def read(text: str, mode: str) -> tuple[str, list[tuple[str, int, int]]]:
    plain, entities = formatted(text, mode)
    return plain, [(one.type, one.offset, one.length) for one in entities]


@pytest.mark.parametrize(
    ("html", "plain", "entities"),
    [
        ("<b>a</b><i>b</i>", "ab", [("bold", 0, 1), ("italic", 1, 1)]),
        ("<b>a<i>b</i></b>", "ab", [("bold", 0, 2), ("italic", 1, 1)]),
        ("😀<u>x</u>", "😀x", [("underline", 2, 1)]),
        ("&lt;&amp;&gt;&quot;&#33;&#x21;&nbsp;", '<&>"!!&nbsp;', []),
        ("<b></b>x", "x", []),
        ("<s>a</s><del>b</del>", "ab", [("strikethrough", 0, 1), ("strikethrough", 1, 1)]),
        ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
        ("<blockquote expandable>q</blockquote>", "q", [("expandable_blockquote", 0, 1)]),
        ('<a href="https://example.com/?a=1&amp;b=2">l</a>', "l", [("text_link", 0, 1)]),
        ('<a href="nowhere">l</a>', "l", []),
        ('<a href="tg://user?id=5">l</a>', "l", [("text_mention", 0, 1)]),
        ('<pre><code class="language-py">c</code></pre>', "c", [("pre", 0, 1)]),
        ('<code class="language-py">c</code>', "c", [("code", 0, 1)]),
        ('<tg-emoji emoji-id="5368324170671202286">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2)]),
        ('<tg-time unix="1647531900" format="wDT">x</tg-time>', "x", [("date_time", 0, 1)]),
    ],
)
def test_html(html: str, plain: str, entities: list[tuple[str, int, int]]) -> None:
    assert read(html, "HTML") == (plain, entities)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("é<b>x</i>", 'Unmatched end tag at byte offset 6, expected "</b>", found "</i>"'),
        ("<h1>x</h1>", 'Unsupported start tag "h1" at byte offset 0'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<b", "Unclosed start tag at byte offset 0"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ('<a ="x">x</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<a href=x/y>x</a>", "Unexpected end of name token at byte offset 8"),
    ],
)
def test_broken_html(html: str, words: str) -> None:
    with pytest.raises(ApiError) as refused:
        formatted(html, "html")
    assert refused.value.description == f"Bad Request: can't parse entities: {words}"


@pytest.mark.parametrize(
    ("markdown", "plain", "entities"),
    [
        ("*bold* _it_ __un__ ~st~ ||sp|| `co`", "bold it un st sp co", None),
        (r"a\.b\!", "a.b!", []),
        ("*a _b_*", "a b", [("bold", 0, 3), ("italic", 2, 1)]),
        ("[l](https://example.com/\\))", "l", [("text_link", 0, 1)]),
        ("```python\nx.y\n```", "x.y\n", [("pre", 0, 4)]),
        ("```\nx```", "x", [("pre", 0, 1)]),
        (">q\n>r\nend", "q\nr\nend", [("blockquote", 0, 4)]),
        (">q||", "q", [("expandable_blockquote", 0, 1)]),
        ("![👍](tg://emoji?id=5368324170671202286)", "👍", [("custom_emoji", 0, 2)]),
        ("😀*x*", "😀x", [("bold", 2, 1)]),
    ],
)
def test_markdown(markdown: str, plain: str, entities: list[tuple[str, int, int]] | None) -> None:
    found = read(markdown, "MarkdownV2")
    assert found[0] == plain
    if entities is not None:
        assert found[1] == entities
    else:
        kinds = ["bold", "italic", "underline", "strikethrough", "spoiler", "code"]
        assert [kind for kind, _, _ in found[1]] == kinds


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("1.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
        ("a>b", "Character '>' is reserved and must be escaped with the preceding '\\'"),
        ("a|b", "Character '|' is reserved and must be escaped with the preceding '\\'"),
        ("é*x", "Can't find end of Bold entity at byte offset 2"),
        ("_x", "Can't find end of Italic entity at byte offset 0"),
        ("[x](http://a", "Can't find end of a URL at byte offset 4"),
        ("```x", "Can't find end of Pre entity at byte offset 0"),
        ("![x]", "The entity must contain a tg://emoji or tg://time URL"),
    ],
)
def test_broken_markdown(markdown: str, words: str) -> None:
    with pytest.raises(ApiError) as refused:
        formatted(markdown, "MarkdownV2")
    assert refused.value.description == f"Bad Request: can't parse entities: {words}"


def test_old_markdown() -> None:
    assert read("*a* _b_ `c` [d](example.com)", "Markdown") == (
        "a b c d",
        [("bold", 0, 1), ("italic", 2, 1), ("code", 4, 1), ("text_link", 6, 1)],
    )
    with pytest.raises(ApiError, match="Can't find end of the entity starting at byte offset 2"):
        formatted("a *b", "Markdown")


def test_given_entities() -> None:
    _, entities = formatted(
        "hello",
        entities=[
            {"type": "bold", "offset": 0, "length": 5},
            {"type": "text_link", "offset": "1", "length": 1, "url": "example.com"},
            {"type": "text_link", "offset": 2, "length": 1, "url": "nowhere"},
            {"type": "text_link", "offset": 3, "length": 1, "url": "tg://user?id=7"},
            {"type": "url", "offset": 0, "length": 1},
        ],
    )
    assert [(one.type, one.offset, one.length, one.url, one.user_id) for one in entities] == [
        ("bold", 0, 5, "", None),
        ("text_link", 1, 1, "http://example.com/", None),
        ("text_mention", 3, 1, "", 7),
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (5, "expected an Object"),
        ({"type": "bold", "offset": 0}, 'Can\'t find field "length"'),
        ({"type": "bold", "offset": [], "length": 1}, 'Field "offset" must be a Number'),
        ({"type": "bold", "offset": "²", "length": 1}, 'Field "offset" must be a valid Number'),
        ({"type": "bold", "offset": 2**31, "length": 1}, 'Field "offset" must be a valid Number'),
        ({"type": "shiny", "offset": 0, "length": 1}, "Unsupported type specified"),
        ({"type": {}, "offset": 0, "length": 1}, 'Field "type" must be of type String'),
        ({"type": "text_link", "offset": 0, "length": 1}, 'Can\'t find field "url"'),
        (
            {"type": "text_mention", "offset": 0, "length": 1, "user": 5},
            'Field "user" must be of type Object',
        ),
    ],
)
def test_entities_that_cannot_be_read(given: object, words: str) -> None:
    with pytest.raises(ApiError) as refused:
        formatted("hello", entities=[given])
    assert refused.value.description == f"Bad Request: can't parse MessageEntity: {words}"


def test_html_that_was_rebuilt_badly() -> None:
    """K1, K2: ``language=`` is no language, and a quote in a link ends the attribute."""
    _, entities = formatted('<pre><code language="language-x">y</code></pre>', "HTML")
    assert all(not one.language for one in entities)
    for broken in (
        '<pre><code class="language-"><b>x">y</code></pre>',
        '<a href="http://a.b/"><b>">x</a>',
    ):
        with pytest.raises(ApiError, match="can't parse entities"):
            formatted(broken, "HTML")


def test_what_telegram_finds_by_itself() -> None:
    text = "😀 /go@a_bot see https://x.org/a, t.me/b @some_one #tag a@b.co $USD +12025550123"
    found = [(one.type, one.offset) for one in detect(text)]
    assert [kind for kind, _ in found] == [
        "bot_command",
        "url",
        "url",
        "mention",
        "hashtag",
        "email",
        "cashtag",
        "phone_number",
    ]
    assert found[0][1] == 3
    assert detect("/go", (Entity(type="code", offset=0, length=3),))[0].type == "code"
    assert detect("path/to/file and a/b") == ()


def test_white_space_around_a_text_goes() -> None:
    bold = (Entity(type="bold", offset=0, length=5),)
    assert trimmed(" 😀x \n", bold) == ("😀x", (Entity(type="bold", offset=0, length=3),))
