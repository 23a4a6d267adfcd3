"""Groups and channels: member status, topics, links, boosts, upgrades."""

from __future__ import annotations

from aiohttp import web

from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.errors import Unknown, WrongBody
from sandbox.control_api.request_body import Body, whole
from sandbox.control_api.serializers import Json, room_json
from sandbox.world import ADMIN_RIGHTS, Account, Channel, Chat, Group
from sandbox.world.invite_models import InviteLink
from sandbox.world.peers import PERMISSIONS

STATUSES = ("administrator", "member", "restricted", "kicked", "left")


class Members:
    """``/sandbox/accounts/{id}/chats/{chat}/`` ``members``, ``topics``, ``links`` …"""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world

    def _room(self, request: web.Request) -> tuple[Account, Chat, Group | Channel]:
        account, chat = self._desk.here(request)
        room = self._world.room_of(chat)
        if room is None:
            raise WrongBody("chat", "This is neither a group nor a channel.")
        return account, chat, room

    # --- Member status ------------------------------------------------------------------------

    async def set_member(self, request: web.Request) -> web.Response:
        """Promote, demote, restrict, remove, unban or add a person or bot."""
        account, _, room = self._room(request)
        body = (await Body.read(request)).allow(
            "user", "status", "rights", "permissions", "title", "anonymous", "until"
        )
        user = self._desk.user(body.number("user"))
        status = body.text("status")
        if status not in STATUSES:
            raise WrongBody("status", f"'status' must be one of: {', '.join(STATUSES)}.")
        self._set(account, room, user.id, status, body)
        return answer(self._member(room, user.id))

    def _set(
        self, account: Account, room: Group | Channel, user_id: int, status: str, body: Body
    ) -> None:
        world, until = self._world, body.number_or_none("until") or 0
        if status in ("administrator", "restricted", "member") and not room.has(user_id):
            if room.member(user_id).status == "kicked":
                world.unban(account.id, room.id, user_id)
            world.join(user_id, room.id, by=account.id)
        if status == "administrator":
            rights = body.names("rights", ADMIN_RIGHTS) or ADMIN_RIGHTS
            title, anonymous = body.text_or_none("title", longest=16), body.flag("anonymous")
            world.promote(
                account.id, room.id, user_id, rights, title=title or "", anonymous=anonymous
            )
        elif status == "restricted":
            allowed = body.names("permissions", PERMISSIONS)
            permissions = {name: name in allowed for name in PERMISSIONS}
            can_send = permissions["can_send_messages"]
            world.restrict(
                account.id,
                room.id,
                user_id,
                can_send=can_send,
                until=until,
                permissions=permissions,
            )
        elif status == "kicked":
            world.ban(account.id, room.id, user_id, until=until)
        elif status == "left":
            world.unban(account.id, room.id, user_id)
        elif room.member(user_id).admin:
            world.promote(account.id, room.id, user_id, ())
        elif room.member(user_id).status == "restricted":
            world.restrict(account.id, room.id, user_id, can_send=True)

    async def members(self, request: web.Request) -> web.Response:
        _, _, room = self._room(request)
        return answer([self._member(room, user_id) for user_id in room.members])

    def _member(self, room: Group | Channel, user_id: int) -> Json:
        member = room.member(user_id)
        return {
            "user": user_id,
            "name": self._world.display_name(user_id),
            "status": member.status,
            "rights": list(member.rights) if member.admin else [],
            "title": member.title or None,
            "tag": member.tag or None,
        }

    async def upgrade(self, request: web.Request) -> web.Response:
        """A basic group becomes a supergroup with another id."""
        account, _, room = self._room(request)
        if not isinstance(room, Group) or not room.basic or room.migrated_to is not None:
            raise WrongBody("chat", "Only a basic group can be upgraded.")
        return answer(room_json(self._world.upgrade(account.id, room.id)), 201)

    async def change(self, request: web.Request) -> web.Response:
        """The title, the description, and whether content is protected."""
        account, _, room = self._room(request)
        body = (await Body.read(request)).allow("title", "description", "protected")
        if body.has("title"):
            self._world.set_title(account.id, room.id, body.text("title", longest=128))
        if body.has("description"):
            text = body.text_or_none("description", longest=255) or ""
            self._world.set_description(account.id, room.id, text)
        room.protected = body.flag("protected", default=room.protected)
        return answer(room_json(room))

    # --- Topics -------------------------------------------------------------------------------

    async def add_topic(self, request: web.Request) -> web.Response:
        """Also in a private chat with a bot whose topics are enabled."""
        account, chat = self._desk.here(request)
        body = (await Body.read(request)).allow("name")
        topic = self._world.create_topic(account.id, chat, body.text("name", longest=128))
        return answer({"id": topic.id, "name": topic.name}, 201)

    async def change_topic(self, request: web.Request) -> web.Response:
        account, chat = self._desk.here(request)
        number = self._topic(request, chat)
        body = (await Body.read(request)).allow("name", "closed", "hidden")
        if body.has("name"):
            name = body.text("name", longest=128)
            self._world.edit_topic(account.id, chat, number, name=name)
        if body.has("closed"):
            self._world.close_topic(account.id, chat, number, closed=body.flag("closed"))
        if body.has("hidden"):
            self._world.hide_general(account.id, chat, hidden=body.flag("hidden"))
        return answer(DONE)

    async def delete_topic(self, request: web.Request) -> web.Response:
        account, chat = self._desk.here(request)
        self._world.delete_topic(account.id, chat, self._topic(request, chat))
        return answer(DONE)

    def _topic(self, request: web.Request, chat: Chat) -> int:
        number = whole("topic", request.match_info["topic"])
        if number not in chat.topics:
            raise Unknown(f"There is no topic {number} in this chat.")
        return number

    # --- Links, requests, boosts ----------------------------------------------------------------

    async def add_link(self, request: web.Request) -> web.Response:
        account, _, room = self._room(request)
        body = (await Body.read(request)).allow("name", "limit", "by_request")
        link = InviteLink(
            hash="",
            creator_id=account.id,
            name=body.text_or_none("name", longest=32) or "",
            limit=body.number_or_none("limit") or 0,
            by_request=body.flag("by_request"),
        )
        return answer({"url": self._world.invites.create(account.id, room, link).url}, 201)

    async def follow_link(self, request: web.Request) -> web.Response:
        """``joined`` is false when a request was sent instead."""
        account = self._desk.account(request)
        url = (await Body.read(request)).allow("url").text("url")
        return answer({"joined": self._world.invites.join(account.id, url)})

    async def request_to_join(self, request: web.Request) -> web.Response:
        account, _, room = self._room(request)
        self._world.invites.request(account.id, room, None)
        return answer(DONE, 201)

    async def boost(self, request: web.Request) -> web.Response:
        account, _, room = self._room(request)
        return answer({"id": self._world.room_settings.boost(account.id, room).id}, 201)

    async def unboost(self, request: web.Request) -> web.Response:
        account, _, room = self._room(request)
        self._world.room_settings.unboost(account.id, room)
        return answer(DONE)

    def routes(self) -> list[web.RouteDef]:
        account = "/sandbox/accounts/{id}"
        chat = account + "/chats/{chat}"
        return [
            web.get(chat + "/members", self.members),
            web.post(chat + "/members", self.set_member),
            web.patch(chat, self.change),
            web.post(chat + "/upgrade", self.upgrade),
            web.post(chat + "/topics", self.add_topic),
            web.patch(chat + "/topics/{topic}", self.change_topic),
            web.delete(chat + "/topics/{topic}", self.delete_topic),
            web.post(chat + "/links", self.add_link),
            web.post(chat + "/join-request", self.request_to_join),
            web.post(chat + "/boost", self.boost),
            web.delete(chat + "/boost", self.unboost),
            web.post(account + "/follow-link", self.follow_link),
        ]
