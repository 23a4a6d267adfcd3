"""What the platform says, as people read it: translated, without markup."""

from __future__ import annotations

import html
import re

from tenants.i18n.translator import Catalogs

TAG = re.compile(r"<[^>]+>")
GAP = re.compile(r"\{\w+\}")


class Words:
    """One language's words, looked up by their English source."""

    def __init__(self, language: str, *domains: str) -> None:
        self.language = language
        self._translators = [
            Catalogs.load(domain).translator(language) for domain in domains or ("controlbot",)
        ]

    def __call__(self, source: str) -> str:
        """The translation of a text without gaps, say a button's."""
        for translator in self._translators:
            translated = str(translator(source))
            if translated != source:
                return _read(translated)
        return _read(source)

    def parts(self, source: str) -> list[str]:
        """What stands between the gaps of a text, to look for in a message."""
        return [part.strip() for part in GAP.split(self(source)) if part.strip()]

    def language_name(self) -> str:
        """What its button says."""
        return self._translators[0].language_name()


def _read(text: str) -> str:
    return html.unescape(TAG.sub("", text))
