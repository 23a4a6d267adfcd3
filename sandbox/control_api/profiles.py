"""Changes of people: names, settings, deletion of the account."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from sandbox.control_api.content import keep
from sandbox.control_api.context import DONE, ControlContext, answer
from sandbox.control_api.request_body import Body
from sandbox.control_api.serializers import account_json

NAMES = ("first_name", "last_name", "username", "language_code", "bio")
LINKS = ("personal_channel", "status_bots")
"""The channel in the profile; bots that may set the emoji status."""
FLAGS = ("hides_forwards", "premium", "voice_forbidden")


class Profiles:
    """``PATCH /sandbox/accounts/{id}`` and ``…/deactivate``."""

    def __init__(self, desk: ControlContext) -> None:
        self._desk = desk
        self._world = desk.world

    async def change(self, request: web.Request) -> web.Response:
        account = self._desk.account(request)
        body = (await Body.read(request)).allow(*NAMES, *FLAGS, *LINKS, "photo")
        if body.has("first_name"):
            account.first_name = body.text("first_name", longest=64)
        for name in ("last_name", "language_code", "bio"):
            if body.has(name):
                setattr(account, name, body.text_or_none(name, longest=140))
        for name in FLAGS:
            if body.has(name):
                setattr(account, name, body.flag(name))
        if body.has("personal_channel"):
            account.personal_channel = self._desk.room(body.reference("personal_channel")).id
        upload = body.upload("photo")
        if upload is not None:
            account.photo = keep(replace(upload, kind="photo"), self._world).file
        if body.has("status_bots"):
            account.status_bots = body.numbers("status_bots")
        if body.has("username"):
            self._world.set_username(account, body.text_or_none("username", longest=33) or "")
        self._world.profile_changed(account.id)
        return answer(account_json(self._world, account))

    async def deactivate(self, request: web.Request) -> web.Response:
        """The account is deleted: bots get 403 "user is deactivated", sessions end."""
        self._world.deactivate(self._desk.account(request).id)
        return answer(DONE)

    def routes(self) -> list[web.RouteDef]:
        return [
            web.patch("/sandbox/accounts/{id}", self.change),
            web.post("/sandbox/accounts/{id}/deactivate", self.deactivate),
        ]
