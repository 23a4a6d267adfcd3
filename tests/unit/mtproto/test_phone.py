"""Known fault K4: phone numbers as people write them."""

from __future__ import annotations

import pytest

from mtproto.login.phone_numbers import CountryMissing, own_contact, read_phone, regions_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+7 (999) 000-11-22", "79990001122"),
        ("+44 (0)20 7946 0000", "442079460000"),
        ("(+44) 0 20 7946 0000", "442079460000"),
        ("+98 0912 345 6789", "989123456789"),
        ("+7 8 999 123 45 67", "79991234567"),
        ("+39 06 1234 5678", "390612345678"),
        ("0098 912 345 6789", "989123456789"),
        ("tel:+44-20-7946-0000", "442079460000"),
        ("tel:+442079460000;ext=5", "442079460000"),
        ("tel:%2B442079460000", "442079460000"),
        ("https://t.me/+989123456789", "989123456789"),
        ("۰۰۹۸۹۱۲۳۴۵۶۷۸۹", "989123456789"),
        ("+٩٨٩١٢٣٤٥٦٧٨٩", "989123456789"),
        ("＋９８９１２３４５６７８９", "989123456789"),
        ("\u202a+98\u00a0912–345‑6789\u202c", "989123456789"),
        ("my number: +98 912 345 6789, thanks", "989123456789"),
        ("989123456789", "989123456789"),
        ("79991234567", "79991234567"),
        ("+99966200001", "99966200001"),
        ("99966200001", "99966200001"),
        ("+888 0123 4567", "88801234567"),
    ],
)
def test_international_numbers_are_read(text: str, number: str) -> None:
    assert read_phone(text) == number


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("0912 345 6789", "fa", "989123456789"),
        ("۰۹۱۲ ۳۴۵ ۶۷۸۹", "fa", "989123456789"),
        ("9123456789", "fa", "989123456789"),
        ("8 (999) 123-45-67", "ru", "79991234567"),
        ("8 029 123-45-67", "ru", "375291234567"),
        ("020 7946 0000", "en-GB", "442079460000"),
        ("(202) 555-0123", "en_US", "12025550123"),
        ("050 123 45 67", "uk", "380501234567"),
    ],
)
def test_national_numbers_are_read_by_the_persons_language(
    text: str, language: str, number: str
) -> None:
    assert read_phone(text, language) == number


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("0912 345 6789", "en"),
        ("8 999 123 45 67", ""),
        ("020 7946 0000", "en"),
        ("0664 1234567", "de"),
    ],
)
def test_an_unclear_country_is_asked_for(text: str, language: str) -> None:
    with pytest.raises(CountryMissing):
        read_phone(text, language)


@pytest.mark.parametrize(
    "text",
    ["", "hello", "12", "+123456789012345678", "+1 800 FLOWERS", "+44 20",
     "+44 20 7946 0000 or +44 20 7946 0001", "🙂", "+"],
)  # fmt: skip
def test_what_is_no_number_is_none(text: str) -> None:
    assert read_phone(text) is None


def test_a_contact_of_telegrams_own_has_its_plus_added() -> None:
    assert read_phone(own_contact("989123456789")) == "989123456789"
    assert read_phone(own_contact("+989123456789")) == "989123456789"


def test_a_language_of_the_whole_world_tells_no_country() -> None:
    assert regions_of("en") == regions_of("ar") == regions_of("") == ()
    assert "IR" in regions_of("fa")
    assert regions_of("pt-br") == ("BR",)
