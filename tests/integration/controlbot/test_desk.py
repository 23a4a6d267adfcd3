"""The desk: closed to others, careful with its own."""

from __future__ import annotations

import pytest
from aiogram.types import CallbackQuery, Message, Update, User

from tenants.domain.model import Desired, Role, TenantId, UserId
from tests.integration.controlbot.conftest import ADA, OWNER, House

EVE_ID = UserId(66)


def first_button(window: Message) -> str:
    assert window.reply_markup is not None
    return str(window.reply_markup.inline_keyboard[0][0].callback_data)


async def desired(house: House, tenant_id: TenantId) -> Desired:
    async with house.services.db.read() as uow:
        tenant = await uow.tenants.get(tenant_id)
    assert tenant is not None
    return tenant.desired


async def open_card(house: House) -> TenantId:
    await house.agree(OWNER)
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    owner = house.person(OWNER)
    await owner.send("/admin")
    await house.press(owner, ".*@ada_bot.*")
    assert "Owner:" in (house.last().text or "")
    return tenant.id


async def forge(house: House, person: int, window: Message, data: str) -> None:
    """Press a button that the person's keyboard never showed."""
    user = User(id=person, is_bot=False, first_name="Eve")
    query = CallbackQuery(id="forged", from_user=user, chat_instance="x", message=window, data=data)
    await house.dispatcher.feed_update(
        house.platform.bot, Update(update_id=99, callback_query=query)
    )


async def test_others_are_told_that_there_is_no_such_command(house: House) -> None:
    await house.agree(ADA)
    ada = house.person(ADA)
    await ada.send("/status")
    answers = []
    for command in ("/admin", "/nonsense", "/admin@house_bot", "/ADMIN now"):
        house.bot.calls.clear()
        await ada.send(command)
        answers.append(house.bot.said())
        assert "Home" in (house.last().text or "")
    assert all(answer == answers[0] for answer in answers)
    assert "I don't know this command" in answers[0][0]


@pytest.mark.case(21)
@pytest.mark.case(20)
async def test_a_forged_button_of_the_desk_does_nothing(house: House) -> None:
    tenant_id = await open_card(house)
    desk = house.last()
    await house.agree(EVE_ID)
    await house.person(EVE_ID).send("/status")
    intent = first_button(desk).split("\x1d")[0]
    own = first_button(house.last()).split("\x1d")[0]
    for data in (f"{intent}\x1dsuspend", f"{own}\x1dsuspend", f"{own}\x1dtenants:{tenant_id}"):
        await forge(house, EVE_ID, house.last(), data)
    assert await desired(house, tenant_id) is Desired.ACTIVE
    assert "Owner:" not in (house.last().text or "")


@pytest.mark.case(22)
async def test_somebody_elses_window_is_not_touched(house: House) -> None:
    tenant_id = await open_card(house)
    card = house.last()
    await house.agree(EVE_ID)
    data = first_button(card)
    drawn = len(house.shown.drawn)
    await forge(house, EVE_ID, card, data)
    assert len(house.shown.drawn) == drawn
    assert await desired(house, tenant_id) is Desired.ACTIVE


@pytest.mark.case(23)
async def test_a_suspension_needs_a_reason_and_happens_once(house: House) -> None:
    tenant_id = await open_card(house)
    owner = house.person(OWNER)
    await house.press(owner, "⛔ Suspend")
    await owner.send("Too many <cakes>")
    await house.press(owner, "Until it is lifted")
    confirm = house.last()
    assert "&lt;cakes&gt;" in (confirm.text or "")
    await house.press(owner, "Yes, suspend")
    assert "is suspended" in (house.last().text or "")
    assert await desired(house, tenant_id) is Desired.SUSPENDED
    await house.press(owner, "✅ Lift the suspension")
    assert await desired(house, tenant_id) is Desired.ACTIVE
    house.shown.sent_messages.append(confirm)
    await house.press(owner, "Yes, suspend")
    assert await desired(house, tenant_id) is Desired.ACTIVE


@pytest.mark.case(25)
async def test_an_admin_whose_role_was_taken_away_is_shown_out(house: House) -> None:
    tenant_id = await open_card(house)
    await house.agree(EVE_ID)
    boss = await house.services.access.actor_for(OWNER)
    await house.services.staff.grant(boss, EVE_ID, Role.ADMIN)
    eve = house.person(EVE_ID)
    await eve.send("/admin")
    await house.press(eve, ".*@ada_bot.*")
    await house.services.staff.revoke(boss, EVE_ID)
    await house.press(eve, "⛔ Suspend")
    assert "Home" in (house.last().text or "")
    assert await desired(house, tenant_id) is Desired.ACTIVE


@pytest.mark.case(29)
@pytest.mark.case(33)
async def test_viewing_shows_a_banner_changes_nothing_and_ends(house: House) -> None:
    tenant_id = await open_card(house)
    owner = house.person(OWNER)
    await house.press(owner, "👁 View as its owner")
    await owner.send("She asked for help")
    await house.press(owner, "Yes, for 30 minutes")
    assert "You see what" in (house.last().text or "")
    await house.press(owner, "⏸ Pause")
    assert await desired(house, tenant_id) is Desired.ACTIVE
    assert any("You are only looking" in said for said in house.bot.said())
    await owner.send("/settings")
    assert "You see what" in (house.last().text or "")
    house.bot.calls.clear()
    await house.press(owner, "🔑 Replace my bot's token")
    await owner.send("123456789:" + "B" * 35)
    assert "You can't do that here" in (house.last().text or "")
    await house.press(owner, "🚪 Stop viewing")
    assert "Owner:" in (house.last().text or "")
    boss = await house.services.access.actor_for(OWNER)
    page = await house.services.audit_log.page(boss, prefix="impersonation:")
    deeds = {entry.action for entry in page.items}
    assert {"impersonation:begin", "impersonation:view", "impersonation:end"} <= deeds
    assert all(entry.actor_id == OWNER and entry.subject_id == ADA for entry in page.items)
    assert await house.services.impersonations.current(OWNER) is None
