"""Groups and channels: creation, joining and leaving, rights."""

from __future__ import annotations

import re
import secrets

from sandbox.world.chats import Chat, room_key
from sandbox.world.content_models import Service
from sandbox.world.errors import bad_request, forbidden
from sandbox.world.events import ChatListChanged, MemberChanged, PeerAdded, ProfileChanged
from sandbox.world.invite_models import InviteLink
from sandbox.world.peers import ADMIN_RIGHTS, Channel, Group, Member, Room, Topic
from sandbox.world.reactions_pins import Marks
from sandbox.world.refusals import refused

_USERNAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{3,31}")
GENERAL_TOPIC = 1


class Rooms(Marks):
    """Groups and channels."""

    def add_group(
        self,
        owner_id: int,
        title: str,
        *,
        forum: bool = False,
        username: str | None = None,
        basic: bool = False,
    ) -> Group:
        """Create a supergroup, or a basic group."""
        if basic:
            room_id = self.state.next_basic_group
            self.state.next_basic_group -= 1
        else:
            room_id = self._next_room_id()
        group = Group(id=room_id, title=title, forum=forum, basic=basic)
        self.state.groups[room_id] = group
        chat = self._open(group, owner_id, username)
        if forum:
            chat.topics[GENERAL_TOPIC] = Topic(id=GENERAL_TOPIC, name="General")
        created = "group_chat_created" if basic else "supergroup_chat_created"
        self.announce(owner_id, chat, Service(kind=created, text=title))
        return group

    def add_channel(self, owner_id: int, title: str, username: str | None = None) -> Channel:
        channel = Channel(id=self._next_room_id(), title=title)
        self.state.channels[channel.id] = channel
        chat = self._open(channel, owner_id, username)
        self.announce(owner_id, chat, Service(kind="channel_chat_created", text=title))
        return channel

    def _next_room_id(self) -> int:
        room_id = self.state.next_room
        self.state.next_room -= 1
        return room_id

    def _open(self, room: Room, owner_id: int, username: str | None) -> Chat:
        self.account(owner_id)
        if not room.title.strip() or len(room.title) > 128:
            raise bad_request("chat title is empty")
        if username:
            self.check_username(username, _USERNAME)
            room.username = username.lstrip("@")
            self._usernames[room.username.lower()] = room.id
        room.invite_hash = "+" + secrets.token_urlsafe(12)
        room.members[owner_id] = Member(user_id=owner_id, status="creator", rights=ADMIN_RIGHTS)
        chat = Chat(key=room_key(room.id), kind=room.kind, room_id=room.id)
        self.state.chats[chat.key] = chat
        self.tell(PeerAdded(peer_id=room.id))
        self.tell(ChatListChanged(account_id=owner_id, chat=chat))
        return chat

    # --- Joining, leaving ---------------------------------------------------------------------

    def join(
        self, user_id: int, room_id: int, *, by: int | None = None, link: InviteLink | None = None
    ) -> None:
        """Join, or be added by a member.

        Raises:
            ApiError: 400 or 403, banned, or already a member.
        """
        room = self.room(room_id)
        user = self.user(user_id)
        before = room.member(user_id)
        if before.inside:
            raise bad_request("USER_ALREADY_PARTICIPANT")
        if before.status == "kicked" and by is None:
            raise bad_request("USER_BANNED_IN_CHANNEL")
        if by is not None and not room.has(by):
            raise forbidden("not enough rights")
        actor = user_id if by is None else by
        self._set_member(room, actor, Member(user_id=user.id, status="member"), link)
        if isinstance(room, Group):
            service = Service(kind="new_chat_members", user_ids=(user_id,))
            self.announce(actor, self.state.chats[room_key(room_id)], service)

    def leave(self, user_id: int, room_id: int) -> None:
        room = self.room(room_id)
        if not room.has(user_id):
            raise bad_request("USER_NOT_PARTICIPANT")
        self._part(room, user_id, Member(user_id=user_id, status="left"))

    def ban(self, actor_id: int, room_id: int, user_id: int, *, until: int = 0) -> None:
        """Raises ApiError: 400, no right, or the person is the owner or an admin."""
        room = self.room(room_id)
        self._check_right(room, actor_id, "can_restrict_members")
        if room.member(user_id).status == "creator":
            raise refused("cannot_remove_owner")
        if room.member(user_id).admin and room.member(actor_id).status != "creator":
            raise refused("user_is_admin")
        self._part(room, actor_id, Member(user_id=user_id, status="kicked", until=until))

    def unban(
        self, actor_id: int, room_id: int, user_id: int, *, only_if_banned: bool = False
    ) -> None:
        """Unban somebody. As in the Bot API a member is removed by it."""
        room = self.room(room_id)
        self._check_right(room, actor_id, "can_restrict_members")
        before = room.member(user_id)
        if before.status == "kicked" or (before.inside and not only_if_banned):
            self._part(room, actor_id, Member(user_id=user_id, status="left"))

    def _part(self, room: Room, actor_id: int, after: Member) -> None:
        was_inside = room.has(after.user_id)
        chat = self.state.chats[room_key(room.id)]
        if was_inside and isinstance(room, Group):
            service = Service(kind="left_chat_member", user_ids=(after.user_id,))
            self.announce(actor_id, chat, service)
        self._set_member(room, actor_id, after)

    # --- Rights -------------------------------------------------------------------------------

    def promote(
        self,
        actor_id: int,
        room_id: int,
        user_id: int,
        rights: tuple[str, ...] = ADMIN_RIGHTS,
        *,
        anonymous: bool = False,
        title: str = "",
    ) -> None:
        """Make somebody an admin with these rights; none makes them a plain member."""
        room = self.room(room_id)
        self._check_right(room, actor_id, "can_promote_members")
        before = room.member(user_id)
        if before.status == "creator":
            raise bad_request("can't remove chat owner")
        if not before.inside and not isinstance(room, Channel):
            raise bad_request("USER_NOT_PARTICIPANT")
        status = "administrator" if rights else "member"
        after = Member(
            user_id=user_id, status=status, rights=rights, anonymous=anonymous, title=title
        )
        self._set_member(room, actor_id, after)

    def restrict(
        self,
        actor_id: int,
        room_id: int,
        user_id: int,
        *,
        can_send: bool,
        until: int = 0,
        permissions: dict[str, bool] | None = None,
    ) -> None:
        """Take permissions from a member; all of them make a plain member again.

        Args:
            can_send: for permissions not in ``permissions``.

        Raises:
            ApiError: 400, no right, or the person is an admin.
        """
        room = self.room(room_id)
        self._check_right(room, actor_id, "can_restrict_members")
        if room.member(user_id).admin:
            raise refused("user_is_admin")
        named = permissions or {}
        status = "member" if can_send and all(named.values()) else "restricted"
        after = Member(
            user_id=user_id, status=status, can_send=can_send, until=until, permissions=named
        )
        self._set_member(room, actor_id, after)

    def set_title(self, actor_id: int, room_id: int, title: str) -> None:
        room = self.room(room_id)
        self._check_right(room, actor_id, "can_change_info")
        if not title.strip() or len(title) > 128:
            raise bad_request("chat title is empty")
        if title == room.title:
            raise bad_request("chat title is not modified")
        room.title = title
        self.tell(ProfileChanged(peer_id=room_id))
        chat = self.state.chats[room_key(room_id)]
        self.announce(actor_id, chat, Service(kind="new_chat_title", text=title))

    def set_description(self, actor_id: int, room_id: int, description: str) -> None:
        room = self.room(room_id)
        self._check_right(room, actor_id, "can_change_info")
        if description == room.description:
            raise bad_request("chat description is not modified")
        room.description = description
        self.tell(ProfileChanged(peer_id=room_id))

    def upgrade(self, actor_id: int, group_id: int) -> Group:
        """Turn a basic group into a supergroup; the old chat only points there."""
        old = self.state.groups[group_id]
        self._check_right(old, actor_id, "can_change_info")
        new = self.add_group(old.creator_id, old.title)
        new.members.update(old.members)
        self.announce(
            actor_id,
            self.state.chats[room_key(group_id)],
            Service(kind="migrate_to_chat_id", number=new.id),
        )
        old.migrated_to = new.id
        self.announce(
            actor_id,
            self.state.chats[room_key(new.id)],
            Service(kind="migrate_from_chat_id", number=group_id, text=old.title),
        )
        return new

    def _check_right(self, room: Room, actor_id: int, right: str) -> None:
        if not room.member(actor_id).may(right):
            if actor_id in self.state.bots and not room.member(actor_id).admin:
                raise bad_request("CHAT_ADMIN_REQUIRED")
            raise bad_request("not enough rights")

    def _set_member(
        self, room: Room, actor_id: int, after: Member, link: InviteLink | None = None
    ) -> None:
        before = room.member(after.user_id)
        room.members[after.user_id] = after
        chat = self.state.chats[room_key(room.id)]
        self.tell(
            MemberChanged(
                chat=chat,
                actor_id=actor_id,
                user_id=after.user_id,
                old=before,
                new=after,
                link=link,
            )
        )
        if before.inside != after.inside:
            self.tell(ChatListChanged(account_id=after.user_id, chat=chat))
