"""Looking through a tenant's eyes, the second step, and the end of both."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tenants.domain.model import Desired, TenantId
from tests.integration.controlbot.conftest import ADA, OWNER, House
from tests.integration.controlbot.test_desk import desired, open_card


async def look(house: House) -> TenantId:
    tenant_id = await open_card(house)
    owner = house.person(OWNER)
    await house.press(owner, "👁 View as its owner")
    await owner.send("She asked for help")
    await house.press(owner, "Yes, for 30 minutes")
    return tenant_id


async def expire(house: House) -> None:
    """As if half an hour had passed."""
    live = await house.services.impersonations.current(OWNER)
    assert live is not None
    house.clock.pass_by(timedelta(minutes=31).total_seconds())
    await house.services.impersonations.end_expired()
    await house.platform.nursery.drain(5)


def text_of(house: House) -> str:
    return house.last().text or ""


@pytest.mark.case(28)
@pytest.mark.usefixtures("telling")
async def test_writing_is_a_second_step_named_as_such(house: House) -> None:
    tenant_id = await look(house)
    owner = house.person(OWNER)
    await house.press(owner, "⏸ Pause")
    assert await desired(house, tenant_id) is Desired.ACTIVE
    await house.press(owner, "✍️ Change something")
    assert "on the record as yours" in text_of(house)
    await house.press(owner, "Yes, let me change things")
    assert "You act in" in text_of(house)
    await house.platform.nursery.drain(5)
    assert any("may now change them" in said for said in house.bot.said())
    await house.press(owner, "⏸ Pause")
    assert await desired(house, tenant_id) is Desired.PAUSED
    await house.platform.nursery.drain(5)  # the windows that show it are drawn anew
    ada = house.person(ADA)
    await ada.send("/privacy")
    await house.press(ada, "📖 Who did what")
    assert "in the owner's place: paused the bot" in text_of(house)
    assert "was allowed to change things" in text_of(house)


@pytest.mark.case(29)
async def test_no_secret_and_no_export_even_when_writing(house: House) -> None:
    await look(house)
    owner = house.person(OWNER)
    await house.press(owner, "✍️ Change something")
    await house.press(owner, "Yes, let me change things")
    await owner.send("/privacy")
    await house.press(owner, "📦 Get a copy of my data")
    await house.press(owner, "📦 Send it to me")
    assert not any(type(call).__name__ == "SendDocument" for call in house.bot.calls)
    await owner.send("/connect")
    await house.press(owner, "🧩 My own API id")
    await owner.send("12345 " + "a" * 32)
    actor = await house.services.access.actor_for(OWNER)
    assert not await house.platform.logins.brought_credentials(actor, TenantId(1))


@pytest.mark.case(30)
async def test_the_second_step_is_not_taken_twice_or_after_the_end(house: House) -> None:
    tenant_id = await look(house)
    owner = house.person(OWNER)
    await house.press(owner, "✍️ Change something")
    confirm = house.last()
    await house.press(owner, "🚪 Stop viewing")
    house.shown.sent_messages.append(confirm)
    await house.press(owner, "Yes, let me change things")
    assert await house.services.impersonations.current(OWNER) is None
    assert await desired(house, tenant_id) is Desired.ACTIVE


@pytest.mark.case(28)
@pytest.mark.usefixtures("telling")
@pytest.mark.parametrize("command", ["/status", "/settings", "/privacy"])
async def test_when_time_is_over_nothing_of_the_tenants_stays_on_the_screen(
    house: House, command: str
) -> None:
    await look(house)
    await house.person(OWNER).send(command)
    assert "You see what" in text_of(house)
    await expire(house)
    assert "You see what" not in text_of(house)
    assert "The time for viewing as this person is over" in text_of(house)
    assert "Owner:" in text_of(house)
    assert any("look at your bot's settings is over" in said for said in house.bot.said())
