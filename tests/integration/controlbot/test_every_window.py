"""Every window there is can be drawn, in every language, whoever stands before it."""

from __future__ import annotations

import pytest
from aiogram.types import InlineKeyboardMarkup
from aiogram_dialog.setup import collect_dialogs

from tests.integration.controlbot.conftest import ADA, OWNER, House

BEFORE = {
    "Features:feature": {"feature": "shop"},
    "Features:choice": {"feature": "shop", "option": "tone"},
    "Features:write": {"feature": "shop", "option": "greeting"},
}


@pytest.mark.parametrize("language", ["en", "ru", "fa"])
async def test_every_window_is_drawn(house: House, language: str) -> None:
    await house.agree(ADA, language)
    await house.agree(OWNER, language)
    tenant = await house.tenant_of(ADA)
    for dialog in collect_dialogs(house.dispatcher):
        for state in dialog.states():
            name = str(state.state)
            if name.startswith("DialogsAbout"):
                continue
            person = OWNER if name.startswith("Admin") else ADA
            data = {"tenant_id": tenant.id, "host": "example.org", "onboarding": True}
            async with house.platform.windows.foreground(person) as manager:
                assert manager is not None
                await manager.start(dialog.states()[0], data=data)
                manager.dialog_data.update(BEFORE.get(name, {}), reason="because", person=5)
                await manager.switch_to(state)
                await manager.show()
            message = house.shown.drawn[-1]
            text = message.text or ""
            assert text.strip(), name
            assert "{" not in text, f"{name}: a gap was left open: {text}"
            assert "\n\n\n" not in text, f"{name}: a hole: {text!r}"
            assert len(text) < 1024, name
            if isinstance(message.reply_markup, InlineKeyboardMarkup):
                buttons = [b for row in message.reply_markup.inline_keyboard for b in row]
                assert buttons, f"{name}: a dead end"
                for button in buttons:
                    assert len((button.callback_data or "").encode()) <= 64, name
                    assert "&" not in button.text, f"{name}: {button.text}"
