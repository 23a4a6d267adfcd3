"""Pressing a button, whatever kind it is."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sandbox.control_api.errors import WrongBody
from sandbox.control_api.request_body import Body
from sandbox.control_api.serializers import Json, message_json, request_json
from sandbox.world import Account, Button, Chat, Content, Message, World

WAIT = 15
"""Seconds to wait for the bot's answer unless the request says otherwise."""
HERE = (52.3731, 4.8926)
"""Location of everybody in the sandbox: Amsterdam."""


@dataclass(frozen=True, slots=True)
class ButtonPress:
    """Who presses a button of which message."""

    world: World
    account: Account
    chat: Chat
    message: Message


async def press(tap: ButtonPress, body: Body, seconds: float) -> Json:
    """The result; docs/sandbox.md describes the kinds.

    Raises:
        WrongBody: neither text nor data, or no such button below the message.
    """
    data = body.text_or_none("data", longest=64)
    if data is not None:
        return await _tapped(tap, data, seconds)
    text = body.text_or_none("text")
    if text is None:
        raise WrongBody("text", "Say which button: 'text' or 'data' is required.")
    button = _button(tap.message, text)
    markup = tap.message.markup
    if markup is not None and markup.kind == "inline":
        if "callback_game" in button.more:
            return await _tapped(tap, None, seconds)
        if button.data is None:
            return {"answer": None, "url": button.url or None}
        return await _tapped(tap, button.data, seconds)
    return _reply(tap, button)


def _button(message: Message, text: str) -> Button:
    buttons = message.markup.buttons() if message.markup else []
    for button in buttons:
        if button.text == text:
            return button
    there = ", ".join(f"“{button.text}”" for button in buttons) or "none"
    raise WrongBody("text", f"Message {message.id} has no button “{text}”. Its buttons: {there}.")


async def _tapped(tap: ButtonPress, data: str | None, seconds: float) -> Json:
    """Press a button with data, or (None) the one that starts the message's game."""
    callback = tap.world.press(
        tap.account.id, tap.chat, tap.message.id, data=data, game=data is None
    )
    try:
        said = await asyncio.wait_for(asyncio.shield(callback.answered), seconds)
    except TimeoutError:
        return {"answer": None}
    return {"answer": {"text": said.text, "alert": said.alert, "url": said.url or None}}


def _reply(tap: ButtonPress, button: Button) -> Json:
    world, sender, chat, message = tap.world, tap.account.id, tap.chat, tap.message
    if button.request_managed_bot is not None:
        return {"answer": None, "request": request_json(button)}
    if button.request_contact:
        said = world.share_contact(sender, chat, reply_to=message.id)
    elif button.request_location:
        said = world.share_location(sender, chat, *HERE, reply_to=message.id)
    else:
        reply_to = None if chat.private else message.id
        said = world.send(sender, chat, Content(text=button.text), reply_to=reply_to)
    return {"answer": None, "message": message_json(world, sender, chat, said)}
