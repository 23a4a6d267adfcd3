"""The world's values as the control API shows them to one person."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import quote

from sandbox.control_api.service_texts import service_json
from sandbox.world import (
    Account,
    Bot,
    Button,
    Channel,
    Chat,
    Content,
    Entity,
    Forward,
    Group,
    Markup,
    Media,
    Message,
    Poll,
    World,
)
from sandbox.world.login_models import Session

Json = dict[str, Any]


def account_json(world: World, account: Account) -> Json:
    return {
        "id": account.id,
        "first_name": account.first_name,
        "last_name": account.last_name,
        "name": account.name,
        "username": account.username or None,
        "phone": account.phone or None,
        "language_code": account.language_code,
        "has_password": account.id in world.logins.passwords,
        "hides_forwards": account.hides_forwards,
        "premium": account.premium,
    }


def bot_json(bot: Bot) -> Json:
    """A bot without its token."""
    return {
        "id": bot.id,
        "name": bot.name,
        "username": bot.username,
        "owner": bot.owner_id,
        "manager": bot.manager_id,
        "can_manage_bots": bot.can_manage_bots,
    }


def room_json(room: Group | Channel) -> Json:
    return {"id": room.id, "title": room.title, "username": room.username or None}


def session_json(session: Session) -> Json:
    """``hash`` is text: it has 62 bits, more than a JavaScript number holds."""
    return {
        "hash": str(session.hash),
        "device": session.device,
        "app": f"{session.app_version} on {session.system}".strip(" on"),
        "created": int(session.created),
        "active": int(session.active),
    }


# --- Messages -----------------------------------------------------------------------------


def message_json(world: World, viewer_id: int, chat: Chat, message: Message) -> Json:
    """A message as ``viewer_id`` sees it; docs/sandbox.md describes the fields."""
    content = message.content
    reply = message.reply_to
    return {
        "id": message.id,
        "chat": chat.id_for(viewer_id),
        "date": message.date,
        "edited": message.edited is not None,
        "outgoing": message.outgoing(viewer_id),
        "from": peer_json(world, message.sender_id),
        "text": content.text,
        "entities": [_entity(world, entity) for entity in content.entities],
        "keyboard": keyboard_json(message.markup),
        "media": media_json(content),
        "caption_above": content.caption_above,
        "reply_to": None if reply is None else reply.message_id,
        "quote": None if reply is None else reply.quote or None,
        "topic": message.topic,
        "forwarded_from": None if message.forward is None else _forward(world, message.forward),
        "service": None if content.service is None else service_json(world, chat, message),
        "reactions": reactions_json(message),
        "pinned": message.id in chat.pinned,
        "silent": message.silent,
        "views": message.views,
    }


def peer_json(world: World, peer_id: int) -> Json:
    """The sender: {id, name, username, is_bot}."""
    peer = world.peer(peer_id)
    return {
        "id": peer_id,
        "name": world.display_name(peer_id),
        "username": peer.username or None,
        "is_bot": isinstance(peer, Bot),
    }


def reactions_json(message: Message) -> list[Json]:
    counts = Counter(emoji for emojis in message.reactions.values() for emoji in emojis)
    return [{"emoji": emoji, "count": count} for emoji, count in counts.items()]


def _entity(world: World, entity: Entity) -> Json:
    plain: Json = {"type": entity.type, "offset": entity.offset, "length": entity.length}
    for name in ("url", "language", "custom_emoji_id", "unix_time", "date_time_format"):
        value = getattr(entity, name)
        if value:
            plain[name] = value
    if entity.user_id is not None:
        plain["user"] = peer_json(world, entity.user_id)
    return plain


def _forward(world: World, forward: Forward) -> Json:
    origin = forward.user_id or forward.chat_id
    if origin is None:
        return {"id": None, "name": forward.hidden_name}
    return {"id": origin, "name": world.display_name(origin)}


# --- Keyboards ----------------------------------------------------------------------------


def keyboard_json(markup: Markup | None) -> Json | None:
    if markup is None:
        return None
    if markup.kind == "inline":
        return {"inline": [[_button(button) for button in row] for row in markup.rows]}
    if markup.kind == "remove":
        return {"remove": True}
    if markup.kind == "force_reply":
        return {"force_reply": True, "placeholder": markup.placeholder}
    return {
        "reply": [[_button(button) for button in row] for row in markup.rows],
        "resize": markup.resize,
        "one_time": markup.one_time,
        "placeholder": markup.placeholder,
    }


def _button(button: Button) -> Json:
    shown: Json = {"text": button.text, **button.more}
    if button.data is not None:
        shown["data"] = button.data
    if button.url:
        shown["url"] = button.url
    if button.request_contact:
        shown["request_contact"] = True
    if button.request_location:
        shown["request_location"] = True
    if button.request_managed_bot is not None:
        shown["request_managed_bot"] = request_json(button)
    return shown


def request_json(button: Button) -> Json:
    asked = button.request_managed_bot
    assert asked is not None
    return {
        "request_id": asked.request_id,
        "suggested_name": asked.suggested_name,
        "suggested_username": asked.suggested_username,
    }


# --- Media --------------------------------------------------------------------------------


def media_json(content: Content) -> Json | None:
    """Media beside or instead of a text, by ``kind``."""
    if content.media is not None:
        return _file(content.media)
    if content.contact is not None:
        contact = content.contact
        return {
            "kind": "contact",
            "phone_number": contact.phone_number,
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "user_id": contact.user_id,
        }
    if content.location is not None:
        place = content.location
        return {
            "kind": "location",
            "latitude": place.latitude,
            "longitude": place.longitude,
            "title": place.title,
            "address": place.address,
        }
    return _other_json(content)


def _other_json(content: Content) -> Json | None:
    if content.poll is not None:
        return _poll(content.poll)
    if content.dice is not None:
        return {"kind": "dice", "emoji": content.dice[0], "value": content.dice[1]}
    if content.special is not None:
        return {"kind": content.special.kind, "name": content.special.kind.replace("_", " ")}
    return None


def file_url(unique_id: str, name: str) -> str:
    return f"/sandbox/files/{unique_id}/{quote(name or 'file', safe='')}"


def _file(media: Media) -> Json:
    file = media.file
    shown: Json = {
        "kind": media.kind,
        "file_id": file.file_id,
        "name": file.name,
        "mime": file.mime,
        "size": file.size,
        "url": file_url(file.unique_id, file.name),
    }
    for name in ("width", "height", "duration", "title", "performer", "emoji", "spoiler"):
        value = getattr(media, name)
        if value:
            shown[name] = value
    return shown


def _poll(poll: Poll) -> Json:
    return {
        "kind": "poll",
        "question": poll.question,
        "options": [
            {"text": option.text, "voters": len(option.voters), "voted": list(option.voters)}
            for option in poll.options
        ],
        "anonymous": poll.anonymous,
        "quiz": poll.quiz,
        "multiple": poll.multiple,
        "closed": poll.closed,
    }
