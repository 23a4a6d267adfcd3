"""What every endpoint needs: the world, and finding in it whom the request names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypeVar

from aiohttp import web

from sandbox.calllog import CallLog
from sandbox.control.body import Body, reference
from sandbox.control.feed import Feeds
from sandbox.control.problems import Unknown
from sandbox.faults import Faults
from sandbox.world import Account, ApiError, Bot, Chat, World

P = TypeVar("P", Account, Bot)


@dataclass(frozen=True, slots=True)
class Desk:
    """Handed to each group of endpoints."""

    world: World
    faults: Faults
    log: CallLog
    feeds: Feeds

    def account(self, request: web.Request) -> Account:
        """The person in the path. Raises Unknown."""
        return self.person(request.match_info["id"])

    def person(self, text: str | int) -> Account:
        found = _by_id(self.world.state.accounts, text)
        if found is None:
            raise Unknown(f"There is no person with the id {text}.")
        return found

    def bot(self, request: web.Request) -> Bot:
        """The bot in the path. Raises Unknown."""
        text = request.match_info["id"]
        found = _by_id(self.world.state.bots, text)
        if found is None or found.deleted or not found.token:
            raise Unknown(f"There is no bot with the id {text}.")
        return found

    def chat(self, viewer_id: int, ref: int | str) -> Chat:
        """The chat a person means. Raises Unknown."""
        try:
            return self.world.chat(viewer_id, ref)
        except ApiError:
            raise Unknown(f"There is no chat {ref}.") from None

    def chat_in_path(self, request: web.Request, viewer_id: int) -> Chat:
        return self.chat(viewer_id, reference(request.match_info["chat"]))

    def chat_in_body(self, body: Body, viewer_id: int, name: str = "chat") -> Chat:
        return self.chat(viewer_id, body.reference(name))


def _by_id(shelf: dict[int, P], text: str | int) -> P | None:
    try:
        return shelf.get(int(text))
    except ValueError:
        return None


def answer(value: Any, status: int = 200) -> web.Response:
    """JSON, with letters of all scripts as they are."""
    text = json.dumps(value, ensure_ascii=False)
    return web.json_response(text=text, status=status)


DONE = {"ok": True}
