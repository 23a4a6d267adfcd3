"""Managed bots: made for a person with one tap, their tokens fetched by the manager.

https://core.telegram.org/bots/api#managedbotupdated
"""

from __future__ import annotations

from sandbox.world.content_models import RequestManagedBot, Service
from sandbox.world.errors import bad_request
from sandbox.world.events import ManagedBotChanged
from sandbox.world.peers import Bot
from sandbox.world.polls import Polls

MAX_ADDED_USERS = 10


class Managed(Polls):
    """Bots that manage bots."""

    def create_managed_bot(
        self,
        account_id: int,
        manager_bot_id: int,
        *,
        name: str,
        username: str,
        request_id: int | None = None,
    ) -> Bot:
        """The person agrees to a new bot. By a button (``request_id``) a service message is added.

        Raises:
            ApiError: 400, the manager may not, no such button, or what :meth:`add_bot` raises.
        """
        manager = self.bot(manager_bot_id)
        if not manager.can_manage_bots:
            raise bad_request("BOT_CAN_NOT_MANAGE_BOTS")
        chat = self.chat(account_id, manager_bot_id)
        if request_id is not None and not self._asked(account_id, manager_bot_id, request_id):
            raise bad_request("BUTTON_ID_INVALID")
        bot = self.add_bot(
            owner_id=account_id, name=name, username=username, manager_id=manager_bot_id
        )
        self.tell(
            ManagedBotChanged(
                manager_id=manager_bot_id, owner_id=account_id, bot_id=bot.id, created=True
            )
        )
        if request_id is not None:
            service = Service(kind="managed_bot_created", user_ids=(bot.id,), number=request_id)
            self.announce(account_id, chat, service)
        return bot

    def managed_bot(self, manager_id: int, bot_id: int) -> Bot:
        """A bot this manager manages. Raises ApiError: 400."""
        bot = self.state.bots.get(bot_id)
        if bot is None or bot.deleted or bot.manager_id != manager_id:
            raise bad_request("managed bot not found")
        return bot

    def set_access(
        self, manager_id: int, bot_id: int, *, restricted: bool, added: tuple[int, ...]
    ) -> None:
        """Who may use a managed bot; its owner always may. Raises ApiError: 400."""
        bot = self.managed_bot(manager_id, bot_id)
        if len(added) > MAX_ADDED_USERS:
            raise bad_request("too many users specified")
        for user_id in added:
            self.account(user_id)
        bot.access_restricted = restricted
        bot.added_user_ids = list(dict.fromkeys(added)) if restricted else []

    def managed_request(
        self, account_id: int, bot_id: int, request_id: int
    ) -> RequestManagedBot | None:
        """The button by which the bot asked this person for a new bot."""
        for message in reversed(self.chat(account_id, bot_id).messages.values()):
            if message.sender_id != bot_id or message.markup is None:
                continue
            for button in message.markup.buttons():
                asked = button.request_managed_bot
                if asked is not None and asked.request_id == request_id:
                    return asked
        return None

    def _asked(self, account_id: int, bot_id: int, request_id: int) -> bool:
        return self.managed_request(account_id, bot_id, request_id) is not None
