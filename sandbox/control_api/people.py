"""People: creation, blocking, login codes, QR logins, sessions, events."""

from __future__ import annotations

from aiohttp import web

from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.errors import Unknown, WrongBody
from sandbox.control_api.request_body import Body
from sandbox.control_api.serializers import account_json, session_json
from sandbox.control_api.sse import stream
from sandbox.world import SERVICE_ACCOUNT, Bot, Channel, Group
from sandbox.world.login_models import LoginError


class People:
    """``/sandbox/accounts`` and ``/sandbox/events``."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world

    async def add(self, request: web.Request) -> web.Response:
        body = (await Body.read(request)).allow(
            "first_name", "last_name", "phone", "username", "language_code", "password"
        )
        phone = body.text_or_none("phone", longest=20)
        if phone is not None and not any(sign.isdigit() for sign in phone):
            raise WrongBody("phone", "'phone' must hold digits.")
        account = self._world.add_account(
            first_name=body.text("first_name", longest=64),
            last_name=body.text_or_none("last_name", longest=64) or "",
            phone=phone,
            username=body.text_or_none("username", longest=33),
            language_code=body.text_or_none("language_code", longest=35) or "en",
            password=body.text_or_none("password", longest=256),
        )
        return answer(account_json(self._world, account), 201)

    async def all(self, _: web.Request) -> web.Response:
        people = [
            account_json(self._world, account)
            for account in self._world.state.accounts.values()
            if account.id != SERVICE_ACCOUNT and not account.deleted
        ]
        return answer(people)

    async def block(self, request: web.Request) -> web.Response:
        account_id, other_id = await self._other(request)
        self._world.block(account_id, other_id)
        return answer(DONE)

    async def unblock(self, request: web.Request) -> web.Response:
        account_id, other_id = await self._other(request)
        self._world.unblock(account_id, other_id)
        return answer(DONE)

    async def _other(self, request: web.Request) -> tuple[int, int]:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("chat")
        chat = self._desk.chat_in_body(body, account.id)
        if not chat.private:
            raise WrongBody("chat", "Only people and bots are blocked.")
        return account.id, chat.id_for(account.id)

    async def join(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        self._world.join(account.id, await self._room(request))
        return answer(DONE)

    async def leave(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        self._world.leave(account.id, await self._room(request))
        return answer(DONE)

    async def _room(self, request: web.Request) -> int:
        body = (await Body.read(request)).allow("chat")
        account = self._desk.account(request)
        chat = self._desk.chat_in_body(body, account.id)
        if chat.room_id is None:
            raise WrongBody("chat", "Only groups and channels are joined and left.")
        return chat.room_id

    # --- Logins -------------------------------------------------------------------------------

    async def login_code(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        return answer({"code": self._world.logins.login_code(account.id)})

    async def scan(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow("url")
        session = self._world.logins.accept_qr(account.id, body.text("url"))
        return answer({"accepted": True, "session": session_json(session)})

    async def sessions(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        return answer([session_json(one) for one in self._world.logins.sessions(account.id)])

    async def end_session(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        text = request.match_info["hash"]
        try:
            self._world.logins.revoke(account.id, int(text))
        except (ValueError, LoginError):
            raise Unknown(f"{account.first_name} has no session {text}.") from None
        return answer(DONE)

    # --- Events -------------------------------------------------------------------------------

    async def events(self, request: web.Request) -> web.StreamResponse:
        account = self._desk.account(request)
        return await stream(request, self._desk.feeds, [account.id])

    async def events_of_many(self, request: web.Request) -> web.StreamResponse:
        named = request.query.get("accounts", "")
        people = [self._desk.person(part) for part in named.split(",") if part]
        return await stream(request, self._desk.feeds, list({one.id: None for one in people}))

    async def reachable(self, _: web.Request) -> web.Response:
        """Peers a person can find: bots, people, and public groups and channels."""
        found = [
            {"id": peer.id, "name": self._world.display_name(peer.id), "username": peer.username}
            | {"kind": "bot" if isinstance(peer, Bot) else getattr(peer, "kind", "private")}
            for peer in self._world.peers()
            if peer.username or not isinstance(peer, Group | Channel)
            if not getattr(peer, "deleted", False)
        ]
        return answer(found)

    def routes(self) -> list[web.RouteDef]:
        root = "/sandbox/accounts"
        return [
            web.post(root, self.add),
            web.get(root, self.all),
            web.post(root + "/{id}/block", self.block),
            web.post(root + "/{id}/unblock", self.unblock),
            web.post(root + "/{id}/join", self.join),
            web.post(root + "/{id}/leave", self.leave),
            web.get(root + "/{id}/login-code", self.login_code),
            web.post(root + "/{id}/scan", self.scan),
            web.get(root + "/{id}/sessions", self.sessions),
            web.delete(root + "/{id}/sessions/{hash}", self.end_session),
            web.get(root + "/{id}/events", self.events),
            web.get("/sandbox/events", self.events_of_many),
            web.get("/sandbox/peers", self.reachable),
        ]
