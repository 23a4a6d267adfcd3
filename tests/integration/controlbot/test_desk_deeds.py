"""What operators do from a bot's card, tap by tap."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenants.domain.model import Desired, Observed, Tenant, TenantId
from tenants.store.inbox_sqlite import Aside, InboxState, Incoming
from tests.integration.controlbot.conftest import ADA, OWNER, House
from tests.integration.controlbot.test_desk import open_card


async def stored(house: House, tenant_id: TenantId) -> Tenant:
    async with house.services.db.read() as uow:
        tenant = await uow.tenants.get(tenant_id)
    assert tenant is not None
    return tenant


async def put_aside(house: House, tenant_id: TenantId, *update_ids: int) -> None:
    async with house.services.db.write() as uow:
        for update_id in update_ids:
            payload = b'{"update_id": 1, "message": {"text": "hush"}}'
            await uow.inbox.add([Incoming(tenant_id, update_id, 5, payload, 1_000)])
            dead = Aside(
                tenant_id, update_id, InboxState.QUARANTINED, "ValueError in <answer>, line 3"
            )
            await uow.inbox.put_aside([dead])


def text_of(house: House) -> str:
    return house.last().text or ""


async def test_the_card_says_why_and_how_much(house: House) -> None:
    tenant_id = await open_card(house)
    now = house.services.clock.now()
    async with house.services.db.write() as uow:
        await uow.usage.add(
            {(tenant_id, now, "messages_received"): 12, (tenant_id, now, "errors"): 2}
        )
    await put_aside(house, tenant_id, 7)
    await house.services.lifecycle.report(tenant_id, Observed.USED_ELSEWHERE, "evil.example")
    await house.platform.nursery.drain(5)
    owner = house.person(OWNER)
    await owner.send("/admin")
    await house.press(owner, ".*@ada_bot.*")
    text = text_of(house)
    for part in ("evil.example", "12 received", "2 could not be handled", "failed: 1",
                 "30 messages a second, 8 chats"):  # fmt: skip
        assert part in text
    keyboard = house.last().reply_markup
    assert keyboard is not None
    assert len(keyboard.inline_keyboard) <= 4
    assert max(map(len, keyboard.inline_keyboard)) == 2


@pytest.mark.usefixtures("telling")
async def test_a_tapped_reason_and_an_end_are_read_in_ones_own_language(house: House) -> None:
    tenant_id = await open_card(house)
    await house.agree(ADA, "ru")
    owner, ada = house.person(OWNER), house.person(ADA)
    await house.press(owner, "⛔ Suspend")
    await house.press(owner, "Spam")
    assert "<i>Spam</i>" in text_of(house)
    await house.press(owner, "1 week|7 days")
    assert "It comes back on" in text_of(house)
    await house.press(owner, "Yes, suspend")
    assert "<i>Spam</i>" in text_of(house)
    tenant = await stored(house, tenant_id)
    assert tenant.desired is Desired.SUSPENDED
    assert tenant.desired_until is not None
    week = tenant.desired_until - house.services.clock.now()
    assert timedelta(days=6, hours=23) < week <= timedelta(days=7)
    await house.platform.nursery.drain(5)
    told = [said for said in house.bot.said() if "ada_bot" in said]
    assert "<i>Спам</i>" in told[-1]
    await ada.send("/status")
    assert "<i>Спам</i>" in text_of(house)
    boss = await house.services.access.actor_for(OWNER)
    page = await house.services.audit_log.page(boss, tenant_id, prefix="tenant:bot:suspend")
    assert page.items[0].details["reason"] == "reason:spam"


async def test_limits_change_by_taps(house: House) -> None:
    tenant_id = await open_card(house)
    owner = house.person(OWNER)
    await house.press(owner, "🎚 Limits")
    await house.press(owner, "⚡️ 5/s")
    await house.press(owner, "💬 2")
    tenant = await stored(house, tenant_id)
    assert (tenant.rate_limit, tenant.concurrency) == (5.0, 2)
    assert "5 messages a second, 2 chats" in text_of(house)


async def test_no_broadcasts_is_a_level_of_its_own(house: House) -> None:
    tenant_id = await open_card(house)
    owner = house.person(OWNER)
    await house.press(owner, "🐢 Speed")
    await house.press(owner, "📵 No broadcasts")
    assert (await stored(house, tenant_id)).throttle == "no_broadcasts"
    await house.press(owner, "📖 Record")
    assert "📵 No broadcasts" in text_of(house)


@pytest.mark.case(23)
async def test_one_update_goes_back_once(house: House) -> None:
    tenant_id = await open_card(house)
    await put_aside(house, tenant_id, 7, 8)
    owner = house.person(OWNER)
    await owner.send("/admin")
    await house.press(owner, ".*@ada_bot.*")
    await house.press(owner, "🧪 Failed: 2")
    await house.press(owner, "💬 message.*")
    confirm = house.last()
    assert "&lt;answer&gt;" in (confirm.text or "")
    assert "hush" not in (confirm.text or "")
    await house.press(owner, "▶️ Handle again")
    assert "@ada_bot: 1" in text_of(house)
    house.shown.sent_messages.append(confirm)
    await house.press(owner, "▶️ Handle again")
    boss = await house.services.access.actor_for(OWNER)
    assert len(await house.services.quarantine.of(boss, tenant_id)) == 1


async def test_all_updates_go_back_together(house: House) -> None:
    tenant_id = await open_card(house)
    await put_aside(house, tenant_id, 7, 8, 9)
    owner = house.person(OWNER)
    await owner.send("/admin")
    await house.press(owner, ".*@ada_bot.*")
    await house.press(owner, "🧪 Failed: 3")
    await house.press(owner, "▶️ Handle all again")
    assert "3 updates" in text_of(house)
    await house.press(owner, "▶️ Handle again")
    boss = await house.services.access.actor_for(OWNER)
    assert await house.services.quarantine.of(boss, tenant_id) == []


@pytest.mark.case(23)
async def test_all_bots_restart_once_with_progress(house: House) -> None:
    tenant_id = await open_card(house)
    before = (await stored(house, tenant_id)).generation
    owner = house.person(OWNER)
    await owner.send("/admin")
    await house.press(owner, "🔁 Restart all")
    confirm = house.last()
    await house.press(owner, "Yes, restart all")
    await house.platform.nursery.drain(5)
    assert "✅ Done: 1 of 1" in text_of(house)
    assert (await stored(house, tenant_id)).generation == before + 1
    house.shown.sent_messages.append(confirm)
    await house.press(owner, "Yes, restart all")
    await house.platform.nursery.drain(5)
    assert (await stored(house, tenant_id)).generation == before + 1
    assert not any("switched on" in said for said in house.bot.said())
