"""Every text of the source is translated into every language."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from tenants.i18n import catalog_check
from tenants.i18n.translator import LANGUAGES, LOCALES

SOURCE = """
from tenants.i18n.translator import mark as _
TITLE = _("Title")
def say(tr):
    # i18n: shown once
    tr("Hello, <b>{who}</b>!", who=1)
    tr.n("{n} bot", "{n} bots", 3)
    tr(TITLE)
"""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("domain", catalog_check.DOMAINS)
def test_is_complete(language: str, domain: str) -> None:
    assert list(catalog_check.problems(language, domain)) == []


def test_no_compiled_catalogs_are_kept() -> None:
    assert list(LOCALES.rglob("*.mo")) == []


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(catalog_check, "ROOT", tmp_path)
    monkeypatch.setattr(catalog_check, "LOCALES", tmp_path / "locales")
    (tmp_path / "tenants").mkdir()
    (tmp_path / "tenants" / "words.py").write_text(SOURCE)
    return tmp_path


def write(path: Path, *texts: tuple[object, object], fuzzy: bool = False) -> None:
    catalog = Catalog(locale="ru", fuzzy=False)
    for msgid, text in texts:
        catalog.add(msgid, text, flags=["fuzzy"] if fuzzy else [])  # type: ignore[arg-type]
    with path.open("wb") as file:
        write_po(file, catalog)


def test_updating_fills_english_and_leaves_gaps_in_the_rest(source: Path) -> None:
    for language in ("en", "ru"):
        catalog_check.update(language, "tenants")
    assert list(catalog_check.problems("en", "tenants")) == []
    assert sorted(catalog_check.problems("ru", "tenants")) == [
        "not translated: Hello, <b>{who}</b>!",
        "not translated: Title",
        "not translated: {n} bot",
    ]
    text = catalog_check.path_of("ru", "tenants").read_text()
    assert "#: tenants/words.py\n" in text
    assert "shown once" in text
    before = text
    catalog_check.update("ru", "tenants")
    assert catalog_check.path_of("ru", "tenants").read_text() == before
    assert list(catalog_check.problems("fa", "tenants")) == ["there is no such file"]


@pytest.mark.parametrize(
    ("hello", "fault"),
    [
        ("Привет, <b>{who}</b>!", None),
        ("Привет, <b>{кто}</b>!", "other gaps"),
        ("Привет!", "other gaps"),
        ("Привет, {who}!", "other tags"),
        ("Привет, <b>{who</b>!", "other gaps"),
        ("", "not translated"),
    ],
)
def test_what_is_wrong_with_a_translation(source: Path, hello: str, fault: str | None) -> None:
    catalog_check.update("ru", "tenants")
    write(
        catalog_check.path_of("ru", "tenants"),
        ("Title", "Заголовок"),
        ("Hello, <b>{who}</b>!", hello),
        (("{n} bot", "{n} bots"), ("один бот", "{n} бота", "{n} ботов")),
    )
    found = list(catalog_check.problems("ru", "tenants"))
    assert found == ([f"{fault}: Hello, <b>{{who}}</b>!"] if fault else [])


def test_fuzzy_and_forgotten_texts(source: Path, capsys: pytest.CaptureFixture[str]) -> None:
    catalog_check.update("ru", "tenants")
    write(
        catalog_check.path_of("ru", "tenants"),
        ("Title", "Заголовок"),
        ("Old", "Старое"),
        fuzzy=True,
    )
    found = list(catalog_check.problems("ru", "tenants"))
    assert "fuzzy: Title" in found
    assert "no longer used: Old" in found
    assert "missing: {n} bot" in found
    assert catalog_check.main([]) == 1
    assert "to do" in capsys.readouterr().out
