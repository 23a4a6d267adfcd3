"""A day as a few bars, and states as sentences."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from controlbot.dialogs.account.secret_input import find_pair
from controlbot.texts.reason_codes import read_reason, speed_reason
from controlbot.texts.status_details import diagnosis
from controlbot.texts.usage_chart import bars, progress_bar, report, summary
from tenants.domain.model import BotId, Desired, Observed, Tenant, TenantId, Throttle, UserId
from tenants.i18n.translator import Catalogs
from tenants.services.tenant_queries import Usage

HASH = "0123456789abcdef0123456789abcdef"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
WORDS = Catalogs.load("controlbot")
BOT = Tenant(
    id=TenantId(1), owner_id=UserId(2), bot_id=BotId(3), bot_username="ada_bot", bot_name="Ada",
    managed=False, verified=True, desired=Desired.ACTIVE, desired_reason="", desired_by=None,
    desired_until=None, generation=1, throttle=Throttle.NORMAL, rate_limit=30.0, concurrency=8,
    observed=Observed.ONLINE, observed_detail="", observed_at=None, created_by=UserId(2),
    managing_admin=None, created_at=NOW, updated_at=NOW, last_used_at=None,
)  # fmt: skip


def test_bars_rise_to_the_busiest_hours_and_show_the_least_of_them() -> None:
    assert bars((0,) * 24) == "▁" * 12
    curve = (0,) * 20 + (1, 0, 500, 500)
    assert bars(curve) == "▁" * 10 + "▂█"


def test_a_bar_of_progress_is_never_longer_than_ten() -> None:
    assert progress_bar(0, 0)[1:-1] == "░" * 10
    assert progress_bar(7, 7)[1:-1] == "▓" * 10
    assert progress_bar(1, 3)[1:-1] == "▓▓▓" + "░" * 7


def test_troubles_are_told_only_where_there_were_any() -> None:
    amounts = {"updates_accepted": 3, "sends": 2, "errors": 1, "blocked_ms": 4000}
    usage = Usage(amounts=amounts, hours={}, audience=1, waiting=0, quarantined=0)
    text = report(WORDS.translator("en"), usage)
    assert "1 could not be handled" in text
    assert "4 seconds" in text
    assert "ignored" not in text


def test_messages_are_drawn_not_calls() -> None:
    """Received and sent counted updates and calls, and were lost by a kill."""
    amounts = {
        "messages_received": 3,
        "messages_sent": 2,
        "updates_accepted": 50,
        "sends": 70,
        "updates_dropped": 9,
    }
    hours: dict[str, tuple[int, ...]] = {
        "messages_received": (0,) * 23 + (3,),
        "updates_accepted": (50,) + (0,) * 23,
    }
    text = summary(
        WORDS.translator("en"),
        Usage(amounts=amounts, hours=hours, audience=1, waiting=0, quarantined=0),
    )
    assert f"{'▁' * 11}█" in text
    for part in ("3 received", "2 sent", "9 ignored"):
        assert part in text


def test_owner_sees_how_many_messages_were_not_delivered() -> None:
    amounts = {"messages_received": 3, "messages_undelivered": 2, "errors": 1}
    usage = Usage(amounts=amounts, hours={}, audience=1, waiting=0, quarantined=0)
    tr = WORDS.translator("en")
    assert "Not passed on (their authors were told): 2" in summary(tr, usage)
    assert "could not be handled" not in summary(tr, usage), "that is for staff"
    assert report(tr, usage).count("Not passed on") == 1


@pytest.mark.parametrize("language", ["en", "ru", "fa"])
@pytest.mark.parametrize(
    ("observed", "detail", "shown"),
    [
        (Observed.BACKING_OFF, "flood", ""),
        (Observed.BACKING_OFF, "http_502", "502"),
        (Observed.BACKING_OFF, "ClientConnectorError", "ClientConnectorError"),
        (Observed.USED_ELSEWHERE, "evil.example", "evil.example"),
        (Observed.USED_ELSEWHERE, "", ""),
        (Observed.QUARANTINED, "handlers_fail", ""),
        (Observed.QUARANTINED, "<b>KeyError", "&lt;b&gt;KeyError"),
        (Observed.ONLINE, "webhook_changed:evil.example", "evil.example"),
    ],
)
def test_what_was_seen_is_said_in_words(
    language: str, observed: Observed, detail: str, shown: str
) -> None:
    bot = replace(BOT, observed=observed, observed_detail=detail)
    said = diagnosis(WORDS.translator(language), bot)
    assert len(said) > 15
    assert shown in said
    assert "handlers_fail" not in said


def test_nothing_is_said_of_a_bot_that_runs_or_shall_not() -> None:
    tr = WORDS.translator("en")
    assert diagnosis(tr, BOT) == ""
    broken = replace(BOT, observed=Observed.QUARANTINED, desired=Desired.SUSPENDED)
    assert diagnosis(tr, broken) == ""


def test_a_tapped_reason_is_read_in_ones_own_language_a_written_one_as_it_stands() -> None:
    assert read_reason(WORDS.translator("ru"), "reason:spam") == "Спам"
    assert read_reason(WORDS.translator("ru"), "Spam") == "Spam"
    for level in Throttle:
        assert ":" not in read_reason(WORDS.translator("fa"), speed_reason(level))


def test_an_id_and_a_hash_are_found_however_they_are_copied() -> None:
    for text in (f"12345 {HASH}", f"App api_id:\n12345\nApp api_hash:\n{HASH}\n"):
        pair = find_pair(text)
        assert pair is not None
        assert (pair.api_id, pair.api_hash.reveal()) == (12345, HASH)
        assert HASH not in repr(pair)
    for text in ("12345", HASH, f"{HASH} only", f"12345 {HASH}ff", "0 " + HASH):
        assert find_pair(text) is None
