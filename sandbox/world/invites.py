"""Invite links and join requests.

https://core.telegram.org/bots/api#createchatinvitelink
https://core.telegram.org/method/messages.hideChatJoinRequest
"""

from __future__ import annotations

import secrets
from dataclasses import replace

from sandbox.world.chats import room_key
from sandbox.world.errors import bad_request
from sandbox.world.events import BotTold
from sandbox.world.groups import Rooms
from sandbox.world.invite_models import InviteLink, JoinRequest
from sandbox.world.peers import Channel, Group, Room
from sandbox.world.queries import Queries

SUBSCRIPTION_PERIOD = 30 * 24 * 3600
MOST_STARS = 10_000
MOST_JOINED = 99_999
NAME_LENGTH = 32
QUERY_SECONDS = 10.0
"""How long a bot may take over a join request's query."""
NO_RIGHTS = "not enough rights to manage chat invite link"


class Invites:
    """Invite links and join requests."""

    def __init__(self, world: Rooms, queries: Queries) -> None:
        self._world = world
        self._queries = queries

    def create(self, actor_id: int, room: Room, link: InviteLink) -> InviteLink:
        """Add a link; its hash is generated here.

        Raises:
            ApiError: 400, no right, or values that Telegram refuses.
        """
        self._check_right(actor_id, room)
        self._check(room, link)
        made = replace(link, hash="+" + secrets.token_urlsafe(12), creator_id=actor_id)
        room.links[made.hash] = made
        return made

    def replace_primary(self, actor_id: int, room: Room) -> InviteLink:
        """A new primary link; the old one is revoked."""
        self._check_right(actor_id, room)
        room.links[room.invite_hash] = replace(self.primary(room), revoked=True)
        room.invite_hash = "+" + secrets.token_urlsafe(12)
        return self.primary(room)

    def primary(self, room: Room) -> InviteLink:
        known = room.links.get(room.invite_hash)
        if known is None:
            known = InviteLink(hash=room.invite_hash, creator_id=room.creator_id, primary=True)
            room.links[known.hash] = known
        return known

    def edit(self, actor_id: int, room: Room, url: str, changed: InviteLink) -> InviteLink:
        """Give a link another name, limit or end. Raises ApiError: 400."""
        self._check_right(actor_id, room)
        link = self.own(actor_id, room, url)
        if link.revoked or link.primary:
            raise bad_request("INVITE_HASH_EXPIRED" if link.revoked else "CHAT_INVITE_PERMANENT")
        self._check(room, changed)
        link.name, link.expires, link.limit = changed.name, changed.expires, changed.limit
        link.by_request = changed.by_request
        return link

    def revoke(self, actor_id: int, room: Room, url: str) -> InviteLink:
        """A revoked primary link is replaced by a new one. Raises ApiError: 400."""
        self._check_right(actor_id, room)
        link = self.own(actor_id, room, url)
        if link.revoked:
            raise bad_request("INVITE_HASH_EXPIRED")
        if link.primary:
            self.replace_primary(actor_id, room)
        link.revoked = True
        return link

    def own(self, actor_id: int, room: Room, url: str) -> InviteLink:
        """A link of this room that the actor made. Raises ApiError: 400."""
        self.primary(room)
        link = room.links.get(url.rpartition("/")[2])
        if link is None or (link.creator_id != actor_id and not link.primary):
            raise bad_request("INVITE_HASH_EXPIRED")
        return link

    def pending(self, room: Room, link: InviteLink) -> int:
        return sum(request.link == link.hash for request in room.join_requests.values())

    # --- Joining ------------------------------------------------------------------------------

    def find(self, url: str) -> tuple[Group | Channel, InviteLink]:
        """The chat of a link. Raises ApiError: 400."""
        name = url.rpartition("/")[2]
        state = self._world.state
        rooms: list[Group | Channel] = [*state.groups.values(), *state.channels.values()]
        for room in rooms:
            self.primary(room)
            if name in room.links:
                return room, room.links[name]
        raise bad_request("INVITE_HASH_INVALID")

    def join(self, account_id: int, url: str) -> bool:
        """Follow a link. False: a request was sent instead.

        Raises:
            ApiError: 400, the link is not good (any more), or one is inside or banned.
        """
        room, link = self.find(url)
        full = link.limit and len(link.joined) >= link.limit
        over = link.expires and self._world.now() > link.expires
        if link.revoked or full or over:
            raise bad_request("INVITE_HASH_EXPIRED")
        if link.by_request:
            self.request(account_id, room, link)
            return False
        self._world.join(account_id, room.id, link=link)
        link.joined.append(account_id)
        return True

    def request(self, account_id: int, room: Group | Channel, link: InviteLink | None) -> None:
        """Send a join request. Admin bots that may invite get ``chat_join_request``."""
        if room.has(account_id):
            raise bad_request("USER_ALREADY_PARTICIPANT")
        request = JoinRequest(
            user_id=account_id, date=self._world.time(), link=link.hash if link else ""
        )
        room.join_requests[account_id] = request
        for member in room.insiders():
            if member.user_id in self._world.state.bots and member.may("can_invite_users"):
                self._tell(member.user_id, room, request)

    def _tell(self, bot_id: int, room: Room, request: JoinRequest) -> None:
        """The bot may write to the person for five minutes."""
        chat = self._world.state.chats[room_key(room.id)]
        value = {
            "chat": {"$chat": room.id},
            "from": {"$user": request.user_id},
            "user_chat_id": request.user_id,
            "date": request.date,
        }
        account = self._world.account(request.user_id)
        if account.bio:
            value["bio"] = account.bio
        if request.link:
            link = room.links[request.link]
            value["invite_link"] = {"$invite": [room.id, link.hash]}
        private = self._world.private_chat(bot_id, request.user_id)
        private.open = True
        if self._world.bot(bot_id).join_queries:
            self._queries.ask(
                "join_request",
                bot_id,
                request.user_id,
                value,
                seconds=QUERY_SECONDS,
                update="chat_join_request",
                id_field="query_id",
            )
            return
        self._world.tell(
            BotTold(bot_id=bot_id, kind="chat_join_request", value=value, chat_id=chat.room_id or 0)
        )

    def settle(self, actor_id: int, room: Group | Channel, user_id: int, *, let_in: bool) -> None:
        """Approve or decline a request.

        Raises:
            ApiError: 400, no right, inside already, or no request.
        """
        self._check_right(actor_id, room)
        if let_in and room.has(user_id):
            raise bad_request("USER_ALREADY_PARTICIPANT")
        request = room.join_requests.pop(user_id, None)
        if request is None:
            raise bad_request("HIDE_REQUESTER_MISSING")
        if let_in:
            link = room.links.get(request.link)
            if link is not None:
                link.joined.append(user_id)
            self._world.join(user_id, room.id, link=link)

    def _check_right(self, actor_id: int, room: Room) -> None:
        if not room.member(actor_id).may("can_invite_users"):
            raise bad_request(NO_RIGHTS)

    def _check(self, room: Room, link: InviteLink) -> None:
        if len(link.name) > NAME_LENGTH:
            raise bad_request("INVITE_NAME_TOO_LONG")
        if link.expires and link.expires <= self._world.now():
            raise bad_request("EXPIRE_DATE_INVALID")
        if link.limit and (link.by_request or not 0 < link.limit <= MOST_JOINED):
            raise bad_request("USAGE_LIMIT_INVALID")
        if link.period or link.price:
            _check_subscription(room, link)


def _check_subscription(room: Room, link: InviteLink) -> None:
    if not isinstance(room, Channel):
        raise bad_request("CHANNEL_INVALID")
    if link.period != SUBSCRIPTION_PERIOD:
        raise bad_request("SUBSCRIPTION_PERIOD_INVALID")
    if not 1 <= link.price <= MOST_STARS:
        raise bad_request("STARS_AMOUNT_INVALID")
