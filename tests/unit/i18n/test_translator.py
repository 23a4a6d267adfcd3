"""Words in three languages, with strangers' names in them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from tenants.i18n.translator import Catalogs, Translator, cut, mark, name, negotiate

WHEN = datetime(2026, 11, 23, 15, 4, tzinfo=UTC)
RLO = "\u202e"


@pytest.fixture
def catalogs(tmp_path: Path) -> Catalogs:
    catalog = Catalog(locale="ru", domain="test", fuzzy=False)
    catalog.add("Hello, {who}!", "Привет, {who}!")
    catalog.add(("{n} bot", "{n} bots"), ("{n} бот", "{n} бота", "{n} ботов"))
    folder = tmp_path / "ru" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "test.po").open("wb") as file:
        write_po(file, catalog)
    return Catalogs.load("test", tmp_path)


@pytest.fixture
def en(catalogs: Catalogs) -> Translator:
    return catalogs.translator("en")


def test_translates_and_falls_back_to_english(catalogs: Catalogs) -> None:
    assert catalogs.translator("ru")("Hello, {who}!", who="A") == "Привет, A!"
    assert catalogs.translator("ru")("Unknown") == "Unknown"
    assert catalogs.translator("de")("Hello, {who}!", who="A") == "Hello, A!"


@pytest.mark.parametrize(("n", "text"), [(1, "1 бот"), (3, "3 бота"), (11, "11 ботов")])
def test_plural_forms(catalogs: Catalogs, n: int, text: str) -> None:
    assert catalogs.translator("ru").n("{n} bot", "{n} bots", n) == text


@pytest.mark.parametrize(
    ("wanted", "language"),
    [
        (["fa-IR"], "fa"),
        ([None, "ru"], "ru"),
        (["pt-br", "ru_RU"], "ru"),
        (["xx"], "en"),
        ([], "en"),
    ],
)
def test_negotiation(wanted: list[str | None], language: str) -> None:
    assert negotiate(*wanted) == language


def test_a_choice_comes_before_the_app(catalogs: Catalogs) -> None:
    assert catalogs.negotiated("fa", "ru").language == "fa"
    assert catalogs.negotiated(None, "ru").language == "ru"
    assert catalogs.translator("fa").rtl
    assert not catalogs.translator("ru").rtl


@pytest.mark.case(37)
def test_markup_is_escaped(en: Translator) -> None:
    assert en("Hi {x}", x='<b>"&') == "Hi &lt;b&gt;&quot;&amp;"
    inner = en("<b>{x}</b>", x="<i>")
    assert en("Say: {text}", text=inner) == "Say: <b>&lt;i&gt;</b>"


@pytest.mark.case(37)
def test_a_name_cannot_turn_its_line_around(en: Translator) -> None:
    shown = en("{who} wrote", who=name(f"evil{RLO}txt\u2069\nx"))
    assert shown == "\u2068eviltxt x\u2069 wrote"
    assert en("{who} wrote", who="سلام") == "\u2068سلام\u2069 wrote"
    assert en("@{who}", who="plain_bot") == "@plain_bot"
    assert RLO not in en("{x}", x=f"a{RLO}b")


@pytest.mark.case(37)
def test_zalgo_and_length_are_cut() -> None:
    assert name("Z" + "\u0301" * 40 + "a") == "Z\u0301\u0301a"
    assert name("x" * 100, 10) == "x" * 9 + "…"
    assert name("é ñ עִ") == "é ñ עִ"
    assert cut("short", 5) == "short"


def test_moments_and_numbers_are_the_languages_own(catalogs: Catalogs) -> None:
    en, fa, ru = (catalogs.translator(code) for code in ("en", "fa", "ru"))
    assert en("{n}", n=12345) == "12,345"
    assert "۱۲" in fa("{n}", n=12345)
    assert ru("{d}", d=WHEN.date()).startswith("23 нояб. 2026")
    assert fa("{t}", t=timedelta(minutes=30)) == "۳۰ دقیقه"
    assert "3:04" in en("{t}", t=WHEN)
    assert en("in {t}", t=timedelta(minutes=30)) == "in 30 minutes"
    assert en.duration(90) == "2 minutes"
    assert en.ago(120) == "2 minutes ago"
    assert en.percent(0.25) == "25%"
    assert en.time(WHEN).startswith("3:04")
    assert en.join(["a", "b", "c"]) == "a, b, and c"
    assert en.language_name("fa") == "فارسی"


def test_a_marked_constant_is_itself() -> None:
    assert mark("Settings") == "Settings"
