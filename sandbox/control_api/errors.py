"""Error answers of the control API: a sentence, and the field."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from sandbox.world.errors import ApiError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Problem(Exception):
    """An answer other than 2xx, raised anywhere in a handler."""

    def __init__(self, status: int, sentence: str, **more: object) -> None:
        super().__init__(sentence)
        self.status = status
        self.body: dict[str, object] = {"error": sentence, **more}


class WrongBody(Problem):
    """The request's body (or query) is not what the endpoint takes: 400 and the field."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(400, sentence, field=field)


class Unknown(Problem):
    """The path or the body names something that is not in the world: 404."""

    def __init__(self, sentence: str) -> None:
        super().__init__(404, sentence)


FIELDS = {
    "message text is empty": "text",
    "text must be non-empty": "text",
    "message is too long": "text",
    "message caption is too long": "text",
    "BUTTON_INVALID": "text",
    "message to be replied not found": "reply_to",
    "message thread not found": "topic",
    "TOPIC_CLOSED": "topic",
    "USERNAME_INVALID": "username",
    "USERNAME_OCCUPIED": "username",
    "BOT_NAME_INVALID": "name",
    "PHONE_NUMBER_OCCUPIED": "phone",
    "BUTTON_ID_INVALID": "request_id",
    "BOT_CAN_NOT_MANAGE_BOTS": "chat",
    "MESSAGE_ID_INVALID": "message_id",
    "chat title is empty": "title",
    "AUTH_TOKEN": "url",
}
"""The field of a body that the world's refusal is about, by its text."""


def answering(handler: Handler) -> Handler:
    """Turns errors, and the world's refusals, into JSON answers."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            return web.json_response(problem.body, status=problem.status)
        except ApiError as refusal:
            return _refused(refusal)

    return answer


def _refused(refusal: ApiError) -> web.Response:
    body: dict[str, object] = {"error": refusal.description, "code": refusal.code}
    for words, field in FIELDS.items():
        if words in refusal.description:
            body["field"] = field
    return web.json_response(body, status=refusal.code)
