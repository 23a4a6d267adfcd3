"""A bot's update queue: raw and changed updates, ids, other programs with its token."""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from aiohttp import web

from sandbox.botapi.update_overrides import Override
from sandbox.botapi.update_queue import Mailbox, Webhook
from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.errors import WrongBody
from sandbox.control_api.request_body import Body
from sandbox.world import Bot
from sandbox.world.errors import conflict

BIGGEST_ID = 2**64 - 1


class BotUpdates:
    """``/sandbox/bots/{id}/`` ``updates``, ``update-overrides``, ``update-id``, ``webhook``,
    ``poller``."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._api = desk.bots

    def _box(self, request: web.Request) -> tuple[Bot, Mailbox]:
        bot = self._desk.bot(request)
        return bot, self._api.mailboxes.of(bot.id)

    # --- Updates ------------------------------------------------------------------------------

    async def add(self, request: web.Request) -> web.Response:
        """Queue an update unchanged: ``update`` an object, or ``json`` the text of one.

        Without ``update_id`` it gets the next one. ``json`` need not be valid JSON.
        """
        _, box = self._box(request)
        body = (await Body.read(request)).allow("update", "json", "chat")
        given = body.everything().get("update")
        if (given is None) == (not body.has("json")):
            raise WrongBody("update", "Give one of: 'update' (an object), 'json' (its text).")
        if given is not None and not isinstance(given, dict):
            raise WrongBody("update", "'update' must be an object.")
        number = box.next_id
        if given is None:
            text = body.text("json", longest=10_000_000)
        else:
            number = given.get("update_id", number)
            if isinstance(number, int) and 0 < number <= BIGGEST_ID:
                box.next_id = number
            text = msgspec.json.encode({"update_id": number, **given}).decode()
        box.queue(text, body.number_or_none("chat") or _chat_of(given))
        self._api.mailboxes.changed()
        return answer({"update_id": number}, 201)

    async def pending(self, request: web.Request) -> web.Response:
        """Unconfirmed updates, as text: they need not be JSON."""
        _, box = self._box(request)
        return answer([update.body for update in box.pending])

    async def override(self, request: web.Request) -> web.Response:
        _, box = self._box(request)
        body = (await Body.read(request)).allow("kind", "set", "drop", "times")
        drop = body.everything().get("drop") or []
        if not isinstance(drop, list) or not all(isinstance(one, str) and one for one in drop):
            raise WrongBody("drop", "'drop' must be a list of paths.")
        values = body.object_or_none("set")
        override = Override(
            kind=body.text_or_none("kind"),
            set={} if values is None else values.everything(),
            drop=tuple(drop),
            times=body.number_or_none("times"),
        )
        if not override.set and not override.drop:
            raise WrongBody("set", "Nothing to change: 'set' or 'drop' is required.")
        if override.times is not None and override.times < 1:
            raise WrongBody("times", "'times' must be at least 1; leave it out for ever.")
        box.overrides.append(override)
        return answer(DONE, 201)

    async def clear_overrides(self, request: web.Request) -> web.Response:
        self._box(request)[1].overrides.clear()
        return answer(DONE)

    async def set_id(self, request: web.Request) -> web.Response:
        """The next update's id; a random one unless given, as after a week without updates.

        https://core.telegram.org/bots/api#update: it happens when nothing is pending.
        """
        _, box = self._box(request)
        body = (await Body.read(request)).allow("next")
        number = body.number_or_none("next")
        if number is None:
            number = secrets.randbelow(2**31 - 2**20) + 1
        if not 0 < number <= BIGGEST_ID:
            raise WrongBody("next", "'next' must be from 1 to 2^64 - 1.")
        if box.pending and number < box.next_id:
            raise WrongBody("next", "Updates are pending; ids start anew only in an empty queue.")
        box.next_id = number
        self._api.mailboxes.changed()
        return answer({"next": number})

    # --- Other programs with the same token ---------------------------------------------------

    async def set_webhook(self, request: web.Request) -> web.Response:
        """Another program sets the bot's webhook; its server may have failed already."""
        bot, box = self._box(request)
        body = (await Body.read(request)).allow("url", "error")
        error = body.text_or_none("error") or ""
        box.webhook = Webhook(
            url=body.text("url"),
            secret=secrets.token_hex(8),
            last_error=error,
            last_error_date=box.time() if error else 0,
        )
        box.end_poll(conflict("terminated by setWebhook request"))
        await self._api.deliver(bot.id)
        return answer(DONE, 201)

    async def delete_webhook(self, request: web.Request) -> web.Response:
        bot, box = self._box(request)
        box.webhook = None
        await self._api.deliver(bot.id)
        return answer(DONE)

    async def start_poller(self, request: web.Request) -> web.Response:
        """Another program polls the bot until it is stopped."""
        bot, _ = self._box(request)
        (await Body.read(request)).allow()
        self._api.other_pollers.start(bot.id)
        return answer(DONE, 201)

    async def stop_poller(self, request: web.Request) -> web.Response:
        """``taken`` are the updates it has fetched and confirmed."""
        bot, _ = self._box(request)
        return answer({"taken": await self._api.other_pollers.stop(bot.id)})

    def routes(self) -> list[web.RouteDef]:
        one = "/sandbox/bots/{id}"
        return [
            web.post(one + "/updates", self.add),
            web.get(one + "/updates", self.pending),
            web.post(one + "/update-overrides", self.override),
            web.delete(one + "/update-overrides", self.clear_overrides),
            web.post(one + "/update-id", self.set_id),
            web.post(one + "/webhook", self.set_webhook),
            web.delete(one + "/webhook", self.delete_webhook),
            web.post(one + "/poller", self.start_poller),
            web.delete(one + "/poller", self.stop_poller),
        ]


def _chat_of(update: dict[str, Any] | None) -> int:
    """The chat whose order an update keeps in a webhook's deliveries; 0 when it has none."""
    for content in (update or {}).values():
        if not isinstance(content, dict):
            continue
        holder = content.get("message") if isinstance(content.get("message"), dict) else content
        where = holder.get("chat") if isinstance(holder, dict) else None
        if isinstance(where, dict) and isinstance(where.get("id"), int):
            return int(where["id"])
    return 0
