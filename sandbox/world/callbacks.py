"""Button presses and bots' answers."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from sandbox.world.chats import Chat, Message
from sandbox.world.content_models import Button, CallbackAnswer
from sandbox.world.errors import bad_request
from sandbox.world.events import CallbackAnswered, CallbackPressed
from sandbox.world.forwards import Forwards
from sandbox.world.peers import Bot
from sandbox.world.refusals import refused
from sandbox.world.text_entities import utf16

QUERY_SECONDS = 60.0
"""How long a bot may answer a callback query."""
ANSWER_LENGTH = 200
"""https://core.telegram.org/bots/api#answercallbackquery"""


def _future() -> asyncio.Future[CallbackAnswer]:
    return asyncio.get_running_loop().create_future()


@dataclass(slots=True, kw_only=True)
class Callback:
    """A pressed inline button. ``answered`` resolves when the bot answers."""

    id: str
    account_id: int
    bot_id: int
    chat: str
    message_id: int
    data: str
    pressed: float
    answered: asyncio.Future[CallbackAnswer] = field(default_factory=_future, repr=False)


class Taps(Forwards):
    """Callback queries. Kept in memory only: a query does not survive a restart."""

    callbacks: dict[str, Callback]

    def button(
        self, account_id: int, chat: Chat, message_id: int, *, text: str, kind: str = "inline"
    ) -> Button:
        """The button with this text below a message.

        Raises:
            ApiError: 400, no such message or button.
        """
        message = self._tapped(account_id, chat, message_id)
        if message.markup is not None and message.markup.kind == kind:
            for button in message.markup.buttons():
                if button.text == text:
                    return button
        raise bad_request("BUTTON_INVALID")

    def press(
        self,
        account_id: int,
        chat: Chat,
        message_id: int,
        *,
        data: str | None = None,
        text: str | None = None,
        game: bool = False,
    ) -> Callback:
        """Press an inline button, by its text or its callback data. Needs a running loop.

        As on Telegram, ``data`` need not be that of a button: a forged press reaches the bot.
        https://core.telegram.org/bots/api#callbackquery

        Args:
            game: the button that starts a message's game.

        Raises:
            ApiError: 400, no such message or button, or it is not a bot's.
        """
        if game:
            data = ""
        elif text is not None:
            data = self.button(account_id, chat, message_id, text=text).data
        if data is None:
            raise bad_request("BUTTON_DATA_INVALID")
        message = self._tapped(account_id, chat, message_id)
        bot = self.state.bots.get(
            message.business_bot_id or message.via_bot_id or message.author_id or message.sender_id
        )
        if not isinstance(bot, Bot) or bot.deleted:
            raise bad_request("BOT_INVALID")
        callback = Callback(
            id=str((account_id << 32) + self.serial()),
            account_id=account_id,
            bot_id=bot.id,
            chat=chat.key,
            message_id=message_id,
            data=data,
            pressed=self.now(),
        )
        self._forget_old()
        self.callbacks[callback.id] = callback
        self.tell(
            CallbackPressed(
                callback_id=callback.id,
                account_id=account_id,
                bot_id=bot.id,
                chat=chat,
                message=message,
                data=data,
            )
        )
        return callback

    def answer_callback(
        self,
        bot_id: int,
        callback_id: str,
        *,
        text: str = "",
        alert: bool = False,
        url: str = "",
        cache_time: int = 0,
    ) -> None:
        """Answer a query once; more answers are accepted and ignored.

        Raises:
            ApiError: 400, the query is too old or not this bot's.
        """
        callback = self.callbacks.get(callback_id)
        if callback is None or callback.bot_id != bot_id or self._too_old(callback):
            raise refused("query_too_old")
        if utf16(text) > ANSWER_LENGTH:
            raise refused("answer_too_long")
        if callback.answered.done():
            return
        answer = CallbackAnswer(text=text, alert=alert, url=url, cache_time=cache_time)
        callback.answered.set_result(answer)
        self.tell(
            CallbackAnswered(
                callback_id=callback_id,
                account_id=callback.account_id,
                bot_id=bot_id,
                chat=self.state.chats[callback.chat],
                answer=answer,
            )
        )

    def _tapped(self, account_id: int, chat: Chat, message_id: int) -> Message:
        message = chat.messages.get(message_id)
        if message is None or not self.sees(account_id, chat):
            raise bad_request("MESSAGE_ID_INVALID")
        return message

    def _too_old(self, callback: Callback) -> bool:
        return self.now() - callback.pressed > QUERY_SECONDS

    def _forget_old(self) -> None:
        """Queries are in the order of the presses, so the old ones come first."""
        for callback in list(self.callbacks.values()):
            if not self._too_old(callback):
                return
            del self.callbacks[callback.id]
