"""Notices to people survive failed sends and restarts, and are sent once each (fault P2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from string import Formatter
from typing import Any

import pytest
from aiogram.exceptions import TelegramForbiddenError, TelegramNetworkError, TelegramServerError
from aiogram.methods import SendMessage

from controlbot.notifications.notice_sender import NoticeSender
from controlbot.texts.notices import BUTTONS, TEXTS, notice_text
from tenants.domain.events import UpdatesDropped
from tenants.domain.model import Observed, Tenant, UserId
from tenants.services.notices import KEPT_TRYING, NoticeKind
from tenants.store.notices import Notice, NoticeState
from tenants.store.tables import notices
from tests.integration.controlbot.conftest import ADA, OWNER, House

OUTAGES = [TelegramServerError, TelegramNetworkError]


class Refusing:
    """Fails sends to one person, as often as told."""

    def __init__(self, house: House, error: Callable[..., Exception], times: int = 10_000) -> None:
        self.left = times
        self.tried = 0
        house.bot.refuse = self
        self._error = error

    def __call__(self, method: Any) -> None:
        if isinstance(method, SendMessage) and method.chat_id == ADA:
            self.tried += 1
            if self.left > 0:
                self.left -= 1
                raise self._error(method=method, message="Bad Gateway")


async def states(house: House) -> list[str]:
    async with house.services.db.read() as uow:
        rows = await uow.connection.execute(notices.select().order_by(notices.c.id))
        return [row.state for row in rows]


async def a_stopped_bot(house: House) -> Tenant:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    await house.services.lifecycle.report(tenant.id, Observed.TOKEN_REVOKED)
    return tenant


def to_ada(house: House) -> list[str]:
    return [
        call.text
        for call in house.bot.calls
        if isinstance(call, SendMessage) and call.chat_id == ADA
    ]


@pytest.mark.parametrize("outage", OUTAGES)
async def test_a_notice_survives_an_outage_and_is_sent_once(
    house: House, outage: type[Exception]
) -> None:
    """P2: one failed send lost it."""
    await a_stopped_bot(house)
    refusing = Refusing(house, outage, times=3)
    sender = NoticeSender(house.platform)
    for _ in range(6):
        await sender.flush()
        house.clock.pass_by(60)
    assert refusing.tried == 4
    assert await states(house) == [NoticeState.SENT]
    (text,) = to_ada(house)
    assert "has stopped" in text
    assert "Replace token" in text


async def test_a_notice_is_not_tried_without_a_pause(house: House) -> None:
    await a_stopped_bot(house)
    refusing = Refusing(house, TelegramServerError)
    sender = NoticeSender(house.platform)
    for _ in range(5):
        await sender.flush()
    assert refusing.tried == 1


async def test_who_blocked_the_bot_is_given_up_with_a_note(house: House) -> None:
    tenant = await a_stopped_bot(house)
    Refusing(
        house,
        lambda method, message: TelegramForbiddenError(
            method=method, message="Forbidden: bot was blocked by the user"
        ),
    )
    await NoticeSender(house.platform).flush()
    assert await states(house) == [NoticeState.GIVEN_UP]
    async with house.services.db.read() as uow:
        assert await uow.notices.undeliverable(tenant.owner_id) == "blocked"


async def test_an_outage_of_days_ends_in_giving_up(house: House) -> None:
    await a_stopped_bot(house)
    Refusing(house, TelegramServerError)
    sender = NoticeSender(house.platform)
    await sender.flush()
    house.clock.pass_by((KEPT_TRYING + timedelta(hours=1)).total_seconds())
    await sender.flush()
    assert await states(house) == [NoticeState.GIVEN_UP]


async def test_a_bot_that_runs_again_makes_its_notice_moot(house: House) -> None:
    tenant = await a_stopped_bot(house)
    await house.services.lifecycle.report(tenant.id, Observed.ONLINE)
    await NoticeSender(house.platform).flush()
    assert to_ada(house) == []
    assert await states(house) == [NoticeState.MOOT]


async def test_a_newer_notice_replaces_an_unsent_one(house: House) -> None:
    tenant = await a_stopped_bot(house)
    await house.services.lifecycle.report(tenant.id, Observed.USED_ELSEWHERE, "evil.example")
    await NoticeSender(house.platform).flush()
    (text,) = to_ada(house)
    assert "evil.example" in text


async def test_nothing_is_told_of_what_was_not_committed(house: House) -> None:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    boss = await house.services.access.actor_for(OWNER)
    with pytest.raises(Exception, match="state_conflict"):
        await house.services.lifecycle.suspend(boss, tenant.id, 99, "spam")
    assert await states(house) == []


@pytest.mark.usefixtures("telling")
async def test_an_owner_is_told_of_a_flood_that_was_dropped(house: House) -> None:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    event = UpdatesDropped(tenant_id=tenant.id, owner_id=tenant.owner_id, count=7)
    await house.services.events.publish(event)
    await house.platform.nursery.drain(5)
    (text,) = to_ada(house)
    assert "7 messages were not delivered" in text


async def test_two_senders_do_not_send_the_same_notice(house: House) -> None:
    await a_stopped_bot(house)
    both = await house.services.notices.claim(5), await house.services.notices.claim(5)
    assert [len(claimed) for claimed in both] == [1, 0]


async def test_erasing_a_bot_drops_what_was_to_be_told_of_it(house: House) -> None:
    tenant = await a_stopped_bot(house)
    ada = await house.services.access.actor_for(ADA)
    await house.services.lifecycle.erase(ada, tenant.id, None)
    await house.services.lifecycle.finish_erasure(tenant.id)
    await NoticeSender(house.platform).flush()
    (text,) = to_ada(house)
    assert "is erased here" in text


EXAMPLES: dict[str, Any] = {
    "username": "ada_bot", "old": "eda_bot", "reason": "reason:spam", "until": None,
    "observed": Observed.QUARANTINED.value, "detail": "blocks_the_loop", "level": "slow",
    "rate": 5.0, "width": 2, "n": 3, "pending": 3, "waiting": 3, "minutes": 30,
    "since": "2026-01-01T00:00:00+00:00", "lost_until": "2026-01-02T00:00:00+00:00",
    "person": "Eve",
}  # fmt: skip


def _gaps(text: str) -> list[str]:
    return [gap for _, gap, _, _ in Formatter().parse(text) if gap]


@pytest.mark.parametrize("language", ["en", "ru", "fa"])
@pytest.mark.parametrize("kind", list(NoticeKind))
async def test_every_kind_has_a_text(house: House, kind: NoticeKind, language: str) -> None:
    tr = house.platform.catalogs.translator(language)
    notice = Notice(
        id=1,
        user_id=UserId(2),
        tenant_id=None,
        kind=kind,
        topic="",
        params={**dict.fromkeys(_gaps(TEXTS[kind]), "x"), **EXAMPLES},
        attempts=1,
        created_at=house.clock.now(),
    )
    assert "{" not in notice_text(tr, notice).text
    assert set(TEXTS) == set(NoticeKind)
    assert set(BUTTONS) <= set(NoticeKind)
