"""Features are switched and set in windows drawn from their options models."""

from __future__ import annotations

from tenants.domain.model import TenantId
from tests.integration.controlbot.conftest import ADA, House


async def stored(house: House, tenant_id: TenantId) -> dict[str, object]:
    choice = (await house.services.features.choices(tenant_id)).get("shop")
    assert choice is not None
    return {"enabled": choice.enabled, **choice.options}


async def test_switching_setting_and_refusing(house: House) -> None:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    ada = house.person(ADA)
    await ada.send("/status")
    await house.press(ada, "⚙️ Features")
    await house.press(ada, ".*Shop")
    await house.press(ada, "✅ Switch on")
    assert await stored(house, tenant.id) == {"enabled": True}
    await house.press(ada, ".*Open")
    assert (await stored(house, tenant.id))["open_now"] is False
    await house.press(ada, ".*Tone.*")
    await house.press(ada, "Plain")
    assert (await stored(house, tenant.id))["tone"] == "plain"
    await house.press(ada, "✏️ Seats")
    await ada.send("many")
    assert "not a number" in (house.last().text or "")
    await ada.send("500")
    assert "does not fit" in (house.last().text or "")
    await ada.send("12")
    assert (await stored(house, tenant.id))["seats"] == 12
    await house.press(ada, "✏️ Greeting")
    await ada.send("<b>Come</b> in")
    assert "&lt;b&gt;Come" in (house.last().text or "")
    await house.press(ada, "🚫 Switch off")
    assert (await stored(house, tenant.id))["enabled"] is False


async def test_an_essential_feature_without_options_is_not_offered(house: House) -> None:
    await house.agree(ADA)
    await house.tenant_of(ADA)
    ada = house.person(ADA)
    await ada.send("/status")
    await house.press(ada, "⚙️ Features")
    keyboard = house.last().reply_markup
    assert keyboard is not None
    labels = [button.text for row in keyboard.inline_keyboard for button in row]
    assert labels == ["⬜️ Shop", "⬅️ Back"]
