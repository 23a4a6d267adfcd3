"""Builds updates from events of the world and queues them for the bots concerned.

https://core.telegram.org/bots/api#update
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sandbox.botapi.serializers import chat, chat_member, message, user
from sandbox.botapi.serializers.invites import invite_link
from sandbox.botapi.serializers.media import poll
from sandbox.botapi.serializers.references import resolved
from sandbox.botapi.update_queue import Mailbox, Mailboxes
from sandbox.world import (
    Bot,
    BotTold,
    CallbackPressed,
    Chat,
    ManagedBotChanged,
    MemberChanged,
    Message,
    MessageEdited,
    MessagesDeleted,
    MessageSent,
    PollChanged,
    ReactionChanged,
    TokenRevoked,
    World,
    WorldEvent,
)
from sandbox.world.errors import ApiError
from sandbox.world.text_entities import command_of, utf16_cut


class UpdateBuilder:
    """Listens to the world and queues updates in mailboxes."""

    def __init__(self, world: World, mailboxes: Mailboxes) -> None:
        self._world = world
        self._mailboxes = mailboxes
        world.hub.listen(self.carry)

    def carry(self, event: WorldEvent) -> None:
        match event:
            case MessageSent():
                self._message(event.chat, event.message, edited=False)
            case MessageEdited():
                self._message(event.chat, event.message, edited=True, editor_id=event.editor_id)
            case MessagesDeleted():
                self._deleted(event)
            case CallbackPressed():
                self._callback(event)
            case MemberChanged():
                self._member(event)
            case ManagedBotChanged():
                self._managed(event)
            case ReactionChanged():
                self._reaction(event)
            case PollChanged():
                self._poll(event)
            case TokenRevoked():
                self._revoked(event)
            case BotTold():
                self._told(event)

    # --- Messages -----------------------------------------------------------------------------

    def _message(
        self, where: Chat, said: Message, *, edited: bool, editor_id: int | None = None
    ) -> None:
        for connection in self._world.business.watching(where):
            shown = message(self._world, said, connection.bot_id, business=connection)
            kind = "edited_business_message" if edited else "business_message"
            self._mailboxes.of(connection.bot_id).put(kind, shown, shown["chat"]["id"])
            self._mailboxes.changed()
        kind = "channel_post" if where.kind == "channel" else "message"
        kind = f"edited_{kind}" if edited else kind
        for bot in self._bots_in(where):
            if bot.id in (said.sender_id, said.author_id, editor_id):
                continue
            box = self._mailboxes.of(bot.id)
            if box.wants(kind) and (where.private or self._hears(bot, where, said)):
                self._put(box, bot, kind, message(self._world, said, bot.id), where)

    def _bots_in(self, where: Chat) -> Iterator[Bot]:
        for user_id in self._world.audience(where):
            bot = self._world.state.bots.get(user_id)
            if bot is not None and bot.token and not bot.deleted:
                yield bot

    def _hears(self, bot: Bot, where: Chat, said: Message) -> bool:
        """Privacy mode. https://core.telegram.org/bots/features#privacy-mode"""
        room = self._world.room_of(where)
        assert room is not None
        if said.sender_id in self._world.state.bots:
            return False
        if room.kind == "channel" or not bot.privacy or room.member(bot.id).admin:
            return True
        return said.content.service is not None or self._meant_for(bot, where, said)

    def _meant_for(self, bot: Bot, where: Chat, said: Message) -> bool:
        if said.via_bot_id == bot.id:
            return True
        answered = where.messages.get(said.reply_to.message_id) if said.reply_to else None
        if answered is not None and answered.sender_id == bot.id:
            return True
        text, entities = said.content.text, said.content.entities
        command = command_of(text, entities)
        if command is not None:
            return command[1].lower() in ("", bot.username.lower())
        name = f"@{bot.username}".lower()
        return any(
            one.type == "mention" and utf16_cut(text, one.offset, one.length).lower() == name
            for one in entities
        )

    def _deleted(self, event: MessagesDeleted) -> None:
        """Only business connections report deletions."""
        if event.only_for is not None:
            return
        for connection in self._world.business.watching(event.chat):
            deleted: dict[str, Any] = {
                "business_connection_id": connection.id,
                "chat": chat(self._world, event.chat, connection.account_id),
                "message_ids": list(event.message_ids),
            }
            box = self._mailboxes.of(connection.bot_id)
            box.put("deleted_business_messages", deleted, deleted["chat"]["id"])
            self._mailboxes.changed()

    # --- Others -------------------------------------------------------------------------------

    def _callback(self, event: CallbackPressed) -> None:
        world, bot = self._world, self._world.state.bots[event.bot_id]
        watching = world.business.watching(event.chat)
        business = next((one for one in watching if one.bot_id == bot.id), None)
        query: dict[str, Any] = {
            "id": event.callback_id,
            "from": user(world, event.account_id),
            "chat_instance": str(event.chat.id_for(bot.id) * 2_654_435_761),
        }
        if event.message.inline_id:
            query["inline_message_id"] = event.message.inline_id
        else:
            query["message"] = message(world, event.message, bot.id, business=business)
        special = event.message.content.special
        if not event.data and special is not None and special.kind == "game":
            query["game_short_name"] = special.key
        else:
            query["data"] = event.data
        self._put(self._mailboxes.of(bot.id), bot, "callback_query", query, event.chat)

    def _member(self, event: MemberChanged) -> None:
        world = self._world
        room = world.room_of(event.chat)
        for bot in self._bots_in_or(event):
            own = event.user_id == bot.id
            if not own and (room is None or not room.member(bot.id).admin):
                continue
            changed = {
                "chat": chat(world, event.chat, bot.id),
                "from": user(world, event.actor_id),
                "date": world.time(),
                "old_chat_member": chat_member(world, event.old, room),
                "new_chat_member": chat_member(world, event.new, room),
            }
            if event.link is not None:
                changed["invite_link"] = invite_link(world, event.link)
            kind = "my_chat_member" if own else "chat_member"
            self._put(self._mailboxes.of(bot.id), bot, kind, changed, event.chat)

    def _bots_in_or(self, event: MemberChanged) -> Iterator[Bot]:
        """The bots in the chat, and the one that has just left it."""
        yield from (bot for bot in self._bots_in(event.chat) if bot.id != event.user_id)
        bot = self._world.state.bots.get(event.user_id)
        if bot is not None and bot.token and not bot.deleted:
            yield bot

    def _managed(self, event: ManagedBotChanged) -> None:
        world, manager = self._world, self._world.state.bots[event.manager_id]
        changed = {"user": user(world, event.owner_id), "bot": user(world, event.bot_id)}
        box = self._mailboxes.of(manager.id)
        box.put("managed_bot", changed, event.owner_id)
        self._mailboxes.changed()

    def _reaction(self, event: ReactionChanged) -> None:
        if event.actor_id in self._world.state.bots:
            return
        room = self._world.room_of(event.chat)
        for bot in self._bots_in(event.chat):
            if room is not None and not room.member(bot.id).admin:
                continue
            changed = {
                "chat": chat(self._world, event.chat, bot.id),
                "message_id": event.message.id,
                "user": user(self._world, event.actor_id),
                "date": self._world.time(),
                "old_reaction": _reactions(event.old),
                "new_reaction": _reactions(event.new),
            }
            box = self._mailboxes.of(bot.id)
            self._put(box, bot, "message_reaction", changed, event.chat)

    def _poll(self, event: PollChanged) -> None:
        bot = self._world.state.bots.get(event.message.author_id or event.message.sender_id)
        if bot is None:
            return
        box = self._mailboxes.of(bot.id)
        self._put(box, bot, "poll", poll(self._world, event.poll, bot.id), event.chat)
        if event.voter_id is None or event.poll.anonymous:
            return
        answer = {
            "poll_id": event.poll.id,
            "user": user(self._world, event.voter_id),
            "option_ids": list(event.options),
            "option_persistent_ids": [
                event.poll.options[index].persistent_id for index in event.options
            ],
        }
        self._put(box, bot, "poll_answer", answer, event.chat)

    def _revoked(self, event: TokenRevoked) -> None:
        box = self._mailboxes.of(event.bot_id)
        box.webhook = None
        box.end_poll(ApiError(401, "Unauthorized"))
        self._mailboxes.changed()

    def _told(self, event: BotTold) -> None:
        value = resolved(self._world, event.value, event.bot_id, message)
        self._mailboxes.of(event.bot_id).put(event.kind, value, event.chat_id)
        self._mailboxes.changed()

    def _put(self, box: Mailbox, bot: Bot, kind: str, content: Any, where: Chat) -> None:
        box.put(kind, content, where.id_for(bot.id))
        self._mailboxes.changed()


def _reactions(emojis: tuple[str, ...]) -> list[dict[str, str]]:
    return [{"type": "emoji", "emoji": one} for one in emojis]
