"""Translation: gettext catalogs, read by Babel at start, and one translator per language.

English source text is the msgid. How texts are marked and stored: docs/translating.md.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale, dates, numbers
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

LOCALES: Final = Path(__file__).resolve().parents[2] / "locales"
LANGUAGES: Final = ("en", "ru", "fa")
FALLBACK: Final = "en"

_ISOLATE, _POP = "\u2068", "\u2069"
_BIDI_CONTROLS = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_DIGITS: Final = {"fa": str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")}
_NAME_LENGTH = 64
_MARKS_IN_A_ROW = 2


def mark(msgid: str) -> str:
    """Mark a constant for extraction; it is translated later, by ``tr(constant)``.

    Imported as ``from tenants.i18n.translator import mark as _``.
    """
    return msgid


class Markup(str):
    """Text that is already HTML (a translation inside another one): not escaped again."""

    __slots__ = ()


class Name(str):
    """A person's, chat's or bot's name: isolated, so it can't change its line's direction."""

    __slots__ = ()


def name(text: str, limit: int = _NAME_LENGTH) -> Name:
    """Sanitise a name for display in a list: no line breaks or bidi controls, few combining
    marks in a row, at most ``limit`` characters."""
    return Name(cut(_plain(text), limit))


def cut(text: str, limit: int) -> str:
    """``text``, truncated with an ellipsis to ``limit`` characters at most."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


class Translator:
    """Translates to one language. Call it with a msgid and values for its ``{placeholders}``.

    Strings are HTML-escaped; :class:`Markup` is not; :class:`Name` and right-to-left
    strings are wrapped in FSI…PDI (https://www.unicode.org/reports/tr9/); numbers and
    datetimes are formatted for the language.
    """

    def __init__(self, language: str, translations: Translations) -> None:
        self.language = language
        self.locale = Locale.parse(language)
        self.rtl = self.locale.text_direction == "rtl"
        self._translations = translations

    def __call__(self, msgid: str, /, **params: object) -> Markup:
        text: str = self._translations.gettext(msgid) if msgid else ""
        return self._fill(text, params)

    def n(self, singular: str, plural: str, n: int, /, **params: object) -> Markup:
        """The plural form for ``n``, which is also the value of ``{n}``."""
        text: str = self._translations.ngettext(singular, plural, n)
        return self._fill(text, {"n": n, **params})

    def number(self, value: float) -> str:
        return self._own(
            numbers.format_decimal(value, locale=self.locale, numbering_system="default")
        )

    def percent(self, value: float) -> str:
        return self._own(
            numbers.format_percent(value, locale=self.locale, numbering_system="default")
        )

    def date(self, value: date, style: str = "medium") -> str:
        return self._own(dates.format_date(value, format=style, locale=self.locale))

    def time(self, value: datetime, tz: tzinfo = UTC) -> str:
        return self._own(dates.format_time(value, format="short", tzinfo=tz, locale=self.locale))

    def moment(self, value: datetime, style: str = "medium", tz: tzinfo = UTC) -> str:
        """Date and time of day."""
        return self._own(dates.format_datetime(value, format=style, tzinfo=tz, locale=self.locale))

    def duration(self, value: timedelta | float) -> str:
        """Approximate duration in words; a plain number is seconds."""
        return self._own(dates.format_timedelta(_delta(value), threshold=1.2, locale=self.locale))

    def ago(self, value: timedelta | float) -> str:
        return self._own(
            dates.format_timedelta(-_delta(value), add_direction=True, locale=self.locale)
        )

    def join(self, items: Iterable[str]) -> str:
        """ "a, b and c"."""
        return format_list(list(items), locale=self.locale)

    def language_name(self, code: str | None = None) -> str:
        """A language's name in that language: "فارسی"."""
        locale = Locale.parse(code) if code else self.locale
        return (locale.get_display_name() or locale.language).capitalize()

    def _own(self, text: str) -> str:
        """Replace Latin digits from Babel by the language's own."""
        return text.translate(_DIGITS.get(self.language, {}))

    def _fill(self, text: str, params: dict[str, object]) -> Markup:
        if not params:
            return Markup(text)
        return Markup(text.format_map({key: self._show(value) for key, value in params.items()}))

    def _show(self, value: object) -> str:
        if isinstance(value, Markup):
            return value
        return self._moment_or_number(value) or self._text(value)

    def _moment_or_number(self, value: object) -> str:
        if isinstance(value, datetime):
            return self.moment(value)
        if isinstance(value, date):
            return self.date(value)
        if isinstance(value, timedelta):
            return self.duration(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self.number(value)
        return ""

    def _text(self, value: object) -> str:
        text = value if isinstance(value, Name) else _BIDI_CONTROLS.sub("", str(value))
        escaped = html.escape(text)
        if isinstance(value, Name) or _has_rtl(text):
            return f"{_ISOLATE}{escaped}{_POP}"
        return escaped


class Catalogs:
    """One domain's translators, read once."""

    def __init__(self, translators: dict[str, Translator]) -> None:
        self._translators = translators

    @classmethod
    def load(cls, domain: str, root: Path = LOCALES) -> Catalogs:
        """Read ``<root>/<language>/LC_MESSAGES/<domain>.po`` for every supported language.

        A language without a file uses English (the catalog check reports that).
        """
        return cls({code: Translator(code, _read(root, code, domain)) for code in LANGUAGES})

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._translators)

    def translator(self, language: str | None) -> Translator:
        return self._translators.get(negotiate(language), self._translators[FALLBACK])

    def negotiated(self, choice: str | None, language_code: str | None) -> Translator:
        """The person's choice, else Telegram's language_code, else English."""
        return self.translator(choice or language_code)


def negotiate(*wanted: str | None) -> str:
    """The first supported language of those wanted ("fa-IR" is "fa"), else English."""
    for code in wanted:
        base = (code or "").replace("_", "-").partition("-")[0].lower()
        if base in LANGUAGES:
            return base
    return FALLBACK


def _read(root: Path, language: str, domain: str) -> Translations:
    path = root / language / "LC_MESSAGES" / f"{domain}.po"
    if not path.exists():
        return Translations()
    with path.open("rb") as file:
        catalog = read_po(file, locale=language, domain=domain)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(compiled, domain)


def _delta(value: timedelta | float) -> timedelta:
    return value if isinstance(value, timedelta) else timedelta(seconds=value)


def _plain(text: str) -> str:
    kept: list[str] = []
    marks = 0
    for char in " ".join(_BIDI_CONTROLS.sub("", text).split()):
        category = unicodedata.category(char)
        if category in {"Cc", "Cs", "Co"}:
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= _MARKS_IN_A_ROW:
            kept.append(char)
    return "".join(kept)


def _has_rtl(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(c) in {"R", "AL"} for c in text)
