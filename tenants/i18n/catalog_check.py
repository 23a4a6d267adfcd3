"""Checks the catalogs: ``python -m tenants.i18n.catalog_check [--update]``.

Prints what catalogs lack and exits with 1 if anything; ``--update`` first merges the source's
texts into every catalog. See docs/translating.md.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from string import Formatter
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

from tenants.i18n.translator import FALLBACK, LANGUAGES, LOCALES

ROOT: Final = LOCALES.parent
DOMAINS: Final = ("controlbot", "tenants")
KEYWORDS: Final = {"_": None, "mark": None, "tr": None, "n": (1, 2)}
COMMENT: Final = "i18n:"
_TAG: Final = re.compile(r"</?[a-z]+[^>]*>")


def extract(domain: str) -> Catalog:
    """The texts extracted from the source of one domain's package."""
    found = Catalog(domain=domain, project="controlbot", charset="utf-8")
    for path in sorted((ROOT / domain).rglob("*.py")):
        messages = extract_from_file("python", str(path), KEYWORDS, (COMMENT,))
        for _line, msgid, comments, _context in messages:
            if msgid and (not isinstance(msgid, tuple) or all(msgid)):
                where = [(path.relative_to(ROOT).as_posix(), 0)]
                found.add(msgid, locations=where, auto_comments=comments)
    return found


def path_of(language: str, domain: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    """The stored catalog, or an empty one if there is no file."""
    path = path_of(language, domain)
    if not path.exists():
        return Catalog(
            locale=language,
            domain=domain,
            header_comment=f"# What {domain}/ says. See docs/translating.md.",
            project="controlbot",
            version="1",
            msgid_bugs_address="see CONTRIBUTING.md",
            last_translator="controlbot's contributors",
            language_team=language,
            fuzzy=False,
        )
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def update(language: str, domain: str) -> None:
    """Add new texts and remove unused ones. Translations stay."""
    catalog = read(language, domain)
    catalog.update(extract(domain), no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    if language == FALLBACK:
        for message in _messages(catalog):
            message.string = message.id
    path = path_of(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_by_file=True, include_lineno=False)


def problems(language: str, domain: str) -> Iterator[str]:
    """The problems of one catalog, one sentence each."""
    if not path_of(language, domain).exists():
        yield "there is no such file"
        return
    wanted, catalog = extract(domain), read(language, domain)
    used = {_key(message) for message in _messages(wanted)}
    have = {_key(message): message for message in _messages(catalog)}
    yield from (f"missing: {key}" for key in sorted(used - have.keys()))
    yield from (f"no longer used: {key}" for key in sorted(have.keys() - used))
    yield from (f"no longer used: {message.id}" for message in catalog.obsolete.values())
    for key in sorted(used & have.keys()):
        yield from (f"{fault}: {key}" for fault in _faults(have[key], catalog.num_plurals))


def _faults(message: Message, forms: int) -> Iterator[str]:
    if message.fuzzy:
        yield "fuzzy"
    ids, strings = _texts(message.id), _texts(message.string)
    if not all(strings) or (message.pluralizable and len(strings) != forms):
        yield "not translated"
        return
    gaps = set.union(*(_gaps(text) for text in ids))
    for text in strings:
        # A singular form may omit the number ("a message").
        if not _gaps(text) <= gaps or (gaps - _gaps(text)) - {"n"}:
            yield "other gaps"
        elif sorted(_TAG.findall(text)) != sorted(_TAG.findall(ids[-1])):
            yield "other tags"


def _gaps(text: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return {"(unreadable)"}


def _messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def _key(message: Message) -> str:
    return _texts(message.id)[0]


def _texts(text: str | Sequence[str] | None) -> list[str]:
    """One form or several, as a list."""
    return [text or ""] if text is None or isinstance(text, str) else list(text)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tenants.i18n.catalog_check", description=__doc__
    )
    parser.add_argument("--update", action="store_true", help="put the source's texts in first")
    options = parser.parse_args(arguments)
    count = 0
    for domain in DOMAINS:
        for language in LANGUAGES:
            if options.update:
                update(language, domain)
            for problem in problems(language, domain):
                count += 1
                sys.stdout.write(f"{language}/{domain}.po: {problem}\n")
    sys.stdout.write(f"{count} to do\n" if count else "The catalogs are complete.\n")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
