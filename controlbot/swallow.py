"""Messages that carry a secret are deleted before the secret is used."""

from __future__ import annotations

from aiogram.exceptions import TelegramAPIError, TelegramBadRequest
from aiogram.types import Message
from aiogram_dialog import DialogManager

from controlbot.kit.frame import below
from controlbot.scene import scene_of
from tenants.i18n import mark as _


async def swallow(message: Message, manager: DialogManager) -> None:
    """Delete the person's message; where that fails, tell them to do it."""
    deleted = await try_delete(message)
    below(manager)
    if deleted:
        return
    tr = scene_of(manager).tr
    await message.answer(
        tr(
            _(
                "⚠️ I could not delete your message. Please delete it yourself. If it held a bot's "
                "token, also get a new one from @BotFather (<code>/revoke</code>) and send me that."
            )
        )
    )


async def try_delete(message: Message) -> bool:
    """https://core.telegram.org/bots/api#deletemessage: private chats, up to 48 hours.

    A message that is gone counts as deleted: after a crash Telegram delivers it once more.
    """
    try:
        return bool(await message.delete())
    except TelegramBadRequest as error:
        return "message to delete not found" in error.message
    except TelegramAPIError:
        return False
