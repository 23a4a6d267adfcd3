"""The world behind both protocols: people, bots, chats, and everything said in them.

All changes are synchronous: one call is one change, told to the hub before it returns.
Refusals are :class:`~sandbox.world.errors.ApiError` in the Bot API's words.
"""

from __future__ import annotations

from sandbox.world.changes import KEEP, Keep
from sandbox.world.chats import Chat, Message
from sandbox.world.errors import ApiError
from sandbox.world.events import (
    CallbackAnswered,
    CallbackPressed,
    ChatAction,
    ChatListChanged,
    Hub,
    ManagedBotChanged,
    MemberChanged,
    MessageEdited,
    MessagesDeleted,
    MessageSent,
    PinChanged,
    PollChanged,
    ProfileChanged,
    ReactionChanged,
    SessionsChanged,
    TokenRevoked,
    TopicChanged,
    WorldEvent,
)
from sandbox.world.files import FileStore
from sandbox.world.peers import (
    ADMIN_RIGHTS,
    BOTFATHER,
    SERVICE_ACCOUNT,
    Account,
    Bot,
    Channel,
    Group,
    Member,
    Peer,
    Topic,
    User,
)
from sandbox.world.state import WorldState
from sandbox.world.taps import Callback
from sandbox.world.values import (
    Button,
    CallbackAnswer,
    Command,
    Contact,
    Content,
    Entity,
    Forward,
    Location,
    Markup,
    Media,
    Poll,
    PollOption,
    ReplyTo,
    RequestManagedBot,
    Service,
    StoredFile,
)
from sandbox.world.world import World

__all__ = [
    "ADMIN_RIGHTS",
    "BOTFATHER",
    "KEEP",
    "SERVICE_ACCOUNT",
    "Account",
    "ApiError",
    "Bot",
    "Button",
    "Callback",
    "CallbackAnswer",
    "CallbackAnswered",
    "CallbackPressed",
    "Channel",
    "Chat",
    "ChatAction",
    "ChatListChanged",
    "Command",
    "Contact",
    "Content",
    "Entity",
    "FileStore",
    "Forward",
    "Group",
    "Hub",
    "Keep",
    "Location",
    "ManagedBotChanged",
    "Markup",
    "Media",
    "Member",
    "MemberChanged",
    "Message",
    "MessageEdited",
    "MessageSent",
    "MessagesDeleted",
    "Peer",
    "PinChanged",
    "Poll",
    "PollChanged",
    "PollOption",
    "ProfileChanged",
    "ReactionChanged",
    "ReplyTo",
    "RequestManagedBot",
    "Service",
    "SessionsChanged",
    "StoredFile",
    "TokenRevoked",
    "Topic",
    "TopicChanged",
    "User",
    "World",
    "WorldEvent",
    "WorldState",
]
