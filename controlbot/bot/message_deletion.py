"""Deletes messages with a secret before the secret is used."""

from __future__ import annotations

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.types import Message
from aiogram_dialog import DialogManager

from controlbot.bot.context import context_of
from controlbot.notifications.sender import say
from controlbot.widgets.layout import resend_below
from tenants.i18n.translator import mark as _
from tenants.telegram.refusals import Refusal, classify

MOST_AT_ONCE = 100
"""https://core.telegram.org/bots/api#deletemessages"""


async def delete_secret_message(message: Message, manager: DialogManager) -> None:
    """Delete the user's message; if that fails, ask them to do it."""
    deleted = await try_delete(message)
    resend_below(manager)
    if deleted:
        return
    tr = context_of(manager).tr
    await say(
        context_of(manager).platform.bot,
        message.chat.id,
        tr(
            _(
                "⚠️ I could not delete your message. Please delete it yourself. If it held a bot's "
                "token, also get a new one from @BotFather (<code>/revoke</code>) and send me that."
            )
        ),
    )


async def try_delete(message: Message) -> bool:
    """https://core.telegram.org/bots/api#deletemessage: private chats, up to 48 hours.

    A missing message counts as deleted: after a crash Telegram delivers the update again.
    """
    try:
        return bool(await message.delete())
    except TelegramAPIError as error:
        return classify(error) is Refusal.DELETE_GONE


async def delete_all(bot: Bot, chat_id: int, message_ids: list[int]) -> None:
    """Delete many messages of one chat, as far as possible."""
    for at in range(0, len(message_ids), MOST_AT_ONCE):
        try:
            await bot.delete_messages(chat_id, message_ids[at : at + MOST_AT_ONCE])
        except TelegramAPIError:
            continue
