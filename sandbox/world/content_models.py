"""Parts of messages: texts with entities, media, keyboards, origins."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A formatted stretch of text; offset and length in UTF-16 code units.

    https://core.telegram.org/bots/api#messageentity
    """

    type: str
    offset: int
    length: int
    url: str = ""
    user_id: int | None = None
    language: str = ""
    custom_emoji_id: str = ""
    unix_time: int | None = None
    date_time_format: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """A file's metadata; its bytes are in the :class:`~sandbox.world.files.FileStore`."""

    file_id: str
    unique_id: str
    path: str
    name: str
    mime: str
    size: int
    kind: str = ""
    """What a bot sent it as (photo, document …); empty when that is not known."""
    blob: str = ""
    """Whose bytes these are (a unique id), for the smaller sizes of a photo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A file shown as something.

    ``kind``: photo, document, video, audio, voice, animation, sticker, video_note, live_photo
    (its still picture is the thumbnail).
    """

    kind: str
    file: StoredFile
    width: int = 0
    height: int = 0
    duration: int = 0
    title: str = ""
    performer: str = ""
    emoji: str = ""
    thumbnail: StoredFile | None = None
    spoiler: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    phone_number: str
    first_name: str
    last_name: str = ""
    user_id: int | None = None
    vcard: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A point; with a title it is a venue."""

    latitude: float
    longitude: float
    accuracy: float | None = None
    live_period: int | None = None
    heading: int | None = None
    proximity_alert_radius: int | None = None
    title: str = ""
    address: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    """A venue's, by the Bot API's names: foursquare_id, google_place_type …"""


@dataclass(slots=True, kw_only=True)
class PollOption:
    text: str
    persistent_id: str
    entities: tuple[Entity, ...] = ()
    media: Content | None = None
    voters: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Poll:
    """A poll and its votes. ``correct`` holds option indexes, for a quiz.

    Its media, and its options', are contents with media, a location or a link as text.
    """

    id: str
    question: str
    options: list[PollOption]
    anonymous: bool = True
    quiz: bool = False
    multiple: bool = False
    revoting: bool = True
    closed: bool = False
    correct: tuple[int, ...] = ()
    explanation: str = ""
    question_entities: tuple[Entity, ...] = ()
    explanation_entities: tuple[Entity, ...] = ()
    media: Content | None = None
    explanation_media: Content | None = None
    open_period: int | None = None
    close_date: int | None = None

    def voters(self) -> set[int]:
        return {voter for option in self.options for voter in option.voters}


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A service message.

    ``kind`` is the Bot API's field name: new_chat_members, left_chat_member, new_chat_title,
    pinned_message, group_chat_created, supergroup_chat_created, channel_chat_created,
    migrate_to_chat_id, migrate_from_chat_id, forum_topic_created, forum_topic_edited,
    forum_topic_closed, forum_topic_reopened, general_forum_topic_hidden,
    general_forum_topic_unhidden, managed_bot_created, users_shared, chat_shared.
    """

    kind: str
    user_ids: tuple[int, ...] = ()
    text: str = ""
    number: int | None = None
    """A message id, a chat id, a request id or a colour, as the kind has it."""
    value: Any = None
    """Of all other kinds: the field's value, see :class:`Special`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Special:
    """Content stored in the Bot API's format: stories, checklists, giveaways …

    Attributes:
        kind: the message's field ("story").
        key: what only the sandbox knows: a game's short name.
        value: the field's value. Objects that depend on the viewer are references:
            ``{"$user": id}``, ``{"$chat": id}``, ``{"$photo": unique id of a file}``,
            ``{"$media": {"kind", "file": unique id, …}}``, ``{"$message": {"chat": key, "id"}}``,
            ``{"$invite": [room id, hash]}``; keys beside a reference are added to the
            object that replaces it.
    """

    kind: str
    value: Any
    key: str = ""

    @property
    def copyable(self) -> bool:
        """https://core.telegram.org/bots/api#copymessage"""
        return self.kind in ("game", "rich_message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Content of a message. With ``media`` the text is its caption."""

    text: str = ""
    entities: tuple[Entity, ...] = ()
    media: Media | None = None
    contact: Contact | None = None
    location: Location | None = None
    poll: Poll | None = None
    dice: tuple[str, int] | None = None
    """An emoji and the value it landed on."""
    service: Service | None = None
    special: Special | None = None
    caption_above: bool = False
    link_preview: dict[str, Any] | None = None
    """``link_preview_options`` as given."""

    @property
    def is_text(self) -> bool:
        """Neither media nor other content that replaces a text."""
        others = (self.media, self.contact, self.location, self.poll, self.dice)
        return all(other is None for other in (*others, self.service, self.special))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestManagedBot:
    """https://core.telegram.org/bots/api#keyboardbuttonrequestmanagedbot"""

    request_id: int
    suggested_name: str = ""
    suggested_username: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button of an inline or a reply keyboard.

    ``data`` is an inline button's callback data, None when it has none. ``more`` keeps what
    the sandbox shows but does not act on (style, web_app, switch_inline_query …), by the Bot
    API's names.
    """

    text: str
    data: str | None = None
    url: str = ""
    request_contact: bool = False
    request_location: bool = False
    request_managed_bot: RequestManagedBot | None = None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """Keyboard of a message: ``kind`` is inline, reply, remove or force_reply."""

    kind: str
    rows: tuple[tuple[Button, ...], ...] = ()
    resize: bool = False
    one_time: bool = False
    persistent: bool = False
    selective: bool = False
    placeholder: str = ""

    def buttons(self) -> list[Button]:
        return [button for row in self.rows for button in row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Origin of a forwarded message. https://core.telegram.org/bots/api#messageorigin

    A person who hides their account is named by ``hidden_name`` alone. A chat without a
    ``message_id`` is a group whose anonymous admin wrote.
    """

    date: int
    user_id: int | None = None
    hidden_name: str = ""
    chat_id: int | None = None
    message_id: int | None = None
    signature: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """The message answered; ``chat`` is the key of its chat when that is another one."""

    message_id: int
    chat: str = ""
    quote: str = ""
    quote_position: int = 0
    quote_entities: tuple[Entity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    command: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallbackAnswer:
    """https://core.telegram.org/bots/api#answercallbackquery"""

    text: str = ""
    alert: bool = False
    url: str = ""
    cache_time: int = 0
