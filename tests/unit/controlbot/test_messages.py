"""Every code has its words, in every language, and the words are filled without holes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from controlbot.texts.messages import (
    DELIVERIES,
    DESIRED,
    ERRORS,
    OBSERVED,
    ROLES,
    THROTTLES,
    TROUBLES,
    error_text,
    failed_text,
    problem_text,
)
from mtproto.login.steps import Delivery, Failed, LoginErrorCode, Problem
from tenants.domain.errors import PlatformError, TooManyAttempts, WebhookElsewhere
from tenants.domain.model import Desired, Observed, Role, Throttle
from tenants.i18n.translator import Catalogs
from tests.support.clock import START

CATALOGS = Catalogs.load("controlbot")


def every(kind: type[PlatformError]) -> Iterator[type[PlatformError]]:
    """The tree of tenants/domain/errors.py; what a room keeps to itself never comes to a window."""
    if kind.__module__ == PlatformError.__module__:
        yield kind
    for child in kind.__subclasses__():
        yield from every(child)


def test_every_error_has_a_text() -> None:
    assert {kind.code for kind in every(PlatformError)} <= set(ERRORS)


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        (TROUBLES, LoginErrorCode),
        (DELIVERIES, Delivery),
        (OBSERVED, Observed),
        (THROTTLES, Throttle),
        (ROLES, Role),
    ],
)
def test_every_code_has_a_text(table: dict[str, object], codes: type[LoginErrorCode]) -> None:
    assert set(table) == set(codes)


def test_what_is_wanted_shows_unless_it_is_to_run() -> None:
    assert set(DESIRED) == set(Desired) - {Desired.ACTIVE}


@pytest.mark.parametrize("language", CATALOGS.languages)
def test_an_error_without_what_its_text_needs_still_says_something(language: str) -> None:
    tr = CATALOGS.translator(language)
    for kind in every(PlatformError):
        text = error_text(tr, kind())
        assert text
        assert "{" not in text


def test_waiting_is_said_in_words() -> None:
    tr = CATALOGS.translator("en")
    assert "2 minutes" in error_text(tr, TooManyAttempts(retry_after=120))


def test_a_host_is_escaped() -> None:
    tr = CATALOGS.translator("en")
    assert "<b>" not in error_text(tr, WebhookElsewhere(host="<b>x", pending=0))


@pytest.mark.parametrize("language", CATALOGS.languages)
def test_a_flood_wait_says_until_when(language: str) -> None:
    tr = CATALOGS.translator(language)
    again = problem_text(tr, Problem(code=LoginErrorCode.FLOOD_WAIT, retry_at=START))
    assert tr.time(START)[:2] in again
    over = failed_text(tr, Failed(code=LoginErrorCode.FLOOD_WAIT, retry_after=3600), START)
    assert "UTC" in over
