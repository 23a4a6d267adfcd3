"""What an earlier program of the bot left behind at Telegram is cleared away or answered."""

from __future__ import annotations

from pathlib import Path

from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BotCommandScopeDefault,
    BotCommandScopeUnion,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
)

from tenants.domain.model import BotToken, UserId
from tests.support.runner_env import open_yard, until


async def test_its_commands_are_deleted(tmp_path: Path) -> None:
    """K5: they stayed in the menu, in scopes and languages that we never set."""
    async with open_yard(tmp_path) as yard:
        owner = await yard.api.person("Olga")
        bot = await yard.api.bot(owner, "Shop", "old_shop_bot")
        token = BotToken.parse(bot.token)
        before = yard.telegram.bot(token)
        old = [BotCommand(command="cart", description="Your cart")]
        scopes: list[tuple[BotCommandScopeUnion, str | None]] = [
            (BotCommandScopeDefault(), None),
            (BotCommandScopeDefault(), "es"),
            (BotCommandScopeAllGroupChats(), None),
        ]
        for scope, language in scopes:
            await before.set_my_commands(old, scope=scope, language_code=language)
        actor = await yard.services.access.actor_for(UserId(owner.id))
        await yard.services.onboarding.connect_bot(actor, token)

        async def gone() -> bool:
            left = [
                await before.get_my_commands(scope=scope, language_code=language)
                for scope, language in scopes
            ]
            return not any(left)

        await until(gone)


async def test_its_buttons_are_answered(tmp_path: Path) -> None:
    """K5: they were pressed, and the app waited."""
    async with open_yard(tmp_path) as yard:
        owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
        bot = await yard.api.bot(owner, "Shop", "old_shop_bot")
        token = BotToken.parse(bot.token)
        await anna.send(bot.id, "/start")
        button = InlineKeyboardButton(text="Buy", callback_data="buy:17")
        keyboard = InlineKeyboardMarkup(inline_keyboard=[[button]])
        await yard.telegram.bot(token).send_message(anna.id, "A cake", reply_markup=keyboard)
        actor = await yard.services.access.actor_for(UserId(owner.id))
        await yard.services.onboarding.connect_bot(actor, token)
        pressed = await anna.press(bot.id, "Buy")
        assert pressed["answer"] is not None
        assert "earlier program" in pressed["answer"]["text"]
