"""Settings of groups and channels by admins: permissions, photo, titles, tags, boosts.

The refusals are TDLib's (``DialogManager``, ``ChatManager``, ``DialogParticipantManager``).
"""

from __future__ import annotations

from dataclasses import replace

from sandbox.world.chats import Chat, room_key
from sandbox.world.content_models import Service, StoredFile
from sandbox.world.errors import bad_request
from sandbox.world.events import BotTold, MemberChanged, ProfileChanged, ReactionChanged
from sandbox.world.groups import Rooms
from sandbox.world.invite_models import Boost
from sandbox.world.peers import Channel, Group, Member, Room

TITLE_LENGTH = 16
"""Of a custom title or tag. https://core.telegram.org/bots/api#setchatmembertag"""
BOOST_SECONDS = 30 * 24 * 3600


class RoomSettings:
    """Settings of groups and channels."""

    def __init__(self, world: Rooms) -> None:
        self._world = world

    def set_permissions(self, actor_id: int, room: Room, permissions: dict[str, bool]) -> None:
        """Raises ApiError: 400, no right, a channel, or nothing changes."""
        if isinstance(room, Channel):
            raise bad_request("can't change channel chat permissions")
        self._check(actor_id, room, "can_restrict_members", "change chat permissions")
        if room.permissions == permissions:
            raise bad_request("CHAT_NOT_MODIFIED")
        room.permissions = permissions
        self._world.tell(ProfileChanged(peer_id=room.id))

    def set_photo(self, actor_id: int, room: Room, photo: StoredFile | None) -> None:
        """None takes it away. Raises ApiError: 400."""
        self._check(actor_id, room, "can_change_info", "change chat photo")
        if photo is None and room.photo is None:
            raise bad_request("CHAT_NOT_MODIFIED")
        room.photo = photo
        self._world.tell(ProfileChanged(peer_id=room.id))
        service = (
            Service(kind="delete_chat_photo")
            if photo is None
            else Service(kind="new_chat_photo", value={"$photo": photo.unique_id})
        )
        self._world.announce(actor_id, self._chat(room), service)

    def set_title_of(self, actor_id: int, room: Room, user_id: int, title: str) -> None:
        """An administrator's custom title. Raises ApiError: 400."""
        member = room.member(user_id)
        if member.status == "creator" and actor_id != user_id:
            raise bad_request("only the owner can edit their custom title")
        if not member.admin:
            raise bad_request("user is not an administrator")
        if not room.member(actor_id).may("can_promote_members"):
            raise bad_request("not enough rights to change custom title of the user")
        if len(title) > TITLE_LENGTH:
            raise bad_request("CUSTOM_TITLE_INVALID")
        self._change(actor_id, room, replace(member, title=title))

    def set_tag(self, actor_id: int, room: Room, user_id: int, tag: str) -> None:
        """Raises ApiError: 400, no right, nobody inside, or too long."""
        member = room.member(user_id)
        if not member.inside:
            raise bad_request("USER_NOT_PARTICIPANT")
        if not room.member(actor_id).may("can_manage_tags"):
            raise bad_request("TAG_CHANGE_FORBIDDEN")
        if len(tag) > TITLE_LENGTH:
            raise bad_request("TAG_INVALID")
        self._change(actor_id, room, replace(member, tag=tag))

    def ban_sender(self, actor_id: int, room: Room, sender_id: int, *, banned: bool) -> None:
        """Keep a channel from writing here in its own name. Raises ApiError: 400."""
        self._check(actor_id, room, "can_restrict_members", "restrict/unrestrict chat member")
        if banned and sender_id not in room.banned_senders:
            room.banned_senders.append(sender_id)
        elif not banned and sender_id in room.banned_senders:
            room.banned_senders.remove(sender_id)

    def set_sticker_set(self, actor_id: int, room: Room, name: str) -> None:
        """An empty name takes it away. Raises ApiError: 400."""
        if not isinstance(room, Group) or room.basic:
            raise bad_request("method is available only for supergroups")
        self._check(actor_id, room, "can_change_info", "change supergroup sticker set")
        if name and name.lower() not in self._world.state.sticker_sets:
            raise bad_request("STICKERSET_INVALID")
        room.sticker_set = name

    def remove_reactions(
        self,
        actor_id: int,
        chat: Chat,
        *,
        by: int | None = None,
        message_ids: tuple[int, ...] | None = None,
    ) -> None:
        """Remove reactions: of ``by`` or everybody, below some or all messages."""
        room = self._world.room_of(chat)
        if room is None:
            raise bad_request("method is available only for groups and supergroups")
        self._check(actor_id, room, "can_delete_messages", "delete reactions")
        for message in chat.messages.values():
            if message_ids is not None and message.id not in message_ids:
                continue
            for user_id in [one for one in message.reactions if by in (None, one)]:
                old = message.reactions.pop(user_id)
                self._world.tell(
                    ReactionChanged(chat=chat, message=message, actor_id=user_id, old=old, new=())
                )

    # --- Boosts -------------------------------------------------------------------------------

    def boost(self, account_id: int, room: Room) -> Boost:
        """A person with Premium boosts a chat; its admin bots get ``chat_boost``."""
        now = self._world.time()
        boost = Boost(
            id=f"{self._world.serial():x}",
            user_id=account_id,
            added=now,
            expires=now + BOOST_SECONDS,
        )
        room.boosts.append(boost)
        self._tell_admins(
            room,
            "chat_boost",
            {"chat": {"$chat": room.id}, "boost": {"$boost": [room.id, boost.id]}},
        )
        return boost

    def unboost(self, account_id: int, room: Room) -> None:
        """Their boosts end; admin bots get ``removed_chat_boost``."""
        for boost in [one for one in room.boosts if one.user_id == account_id]:
            room.boosts.remove(boost)
            value = {
                "chat": {"$chat": room.id},
                "boost_id": boost.id,
                "remove_date": self._world.time(),
                "source": {"source": "premium", "user": {"$user": account_id}},
            }
            self._tell_admins(room, "removed_chat_boost", value)

    def boosts_of(self, actor_id: int, room: Room, user_id: int) -> list[Boost]:
        """Raises ApiError: 400, the actor is no admin."""
        if not room.member(actor_id).admin:
            raise bad_request("CHAT_ADMIN_REQUIRED")
        return [one for one in room.boosts if one.user_id == user_id]

    def _tell_admins(self, room: Room, kind: str, value: object) -> None:
        for member in room.insiders():
            if member.admin and member.user_id in self._world.state.bots:
                told = BotTold(bot_id=member.user_id, kind=kind, value=value, chat_id=room.id)
                self._world.tell(told)

    # --- Common -------------------------------------------------------------------------------

    def _chat(self, room: Room) -> Chat:
        return self._world.state.chats[room_key(room.id)]

    def _check(self, actor_id: int, room: Room, right: str, deed: str) -> None:
        if not room.member(actor_id).may(right):
            raise bad_request(f"not enough rights to {deed}")

    def _change(self, actor_id: int, room: Room, after: Member) -> None:
        before = room.member(after.user_id)
        room.members[after.user_id] = after
        self._world.tell(
            MemberChanged(
                chat=self._chat(room),
                actor_id=actor_id,
                user_id=after.user_id,
                old=before,
                new=after,
            )
        )
