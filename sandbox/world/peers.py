"""Peers: people, bots, groups, channels and their members."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.world.content_models import Command, StoredFile
from sandbox.world.invite_models import Boost, InviteLink, JoinRequest

SERVICE_ACCOUNT = 777000
"""Telegram's own account, which sends login codes."""
BOTFATHER = 93372553

ADMIN_RIGHTS = (
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
    "can_send_welcome_messages",
    "can_post_messages",
    "can_edit_messages",
    "can_pin_messages",
    "can_manage_topics",
    "can_manage_direct_messages",
    "can_manage_tags",
)
"""https://core.telegram.org/bots/api#chatadministratorrights"""

PERMISSIONS = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_react_to_messages",
    "can_edit_tag",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
)
"""https://core.telegram.org/bots/api#chatpermissions"""


@dataclass(slots=True, kw_only=True)
class Account:
    """A person."""

    id: int
    first_name: str
    last_name: str = ""
    phone: str = ""
    """Digits with a leading plus; empty when the person has none here."""
    username: str = ""
    language_code: str = "en"
    bio: str = ""
    premium: bool = False
    photo: StoredFile | None = None
    blocked: set[int] = field(default_factory=set)
    """Ids of those who may not write to this person."""
    deleted: bool = False
    hides_forwards: bool = False
    """Forwards of this person's messages name them without a link."""
    voice_forbidden: bool = False
    """Takes no voice and video messages (a setting of Telegram Premium)."""
    personal_channel: int | None = None
    """The channel shown in the profile."""
    emoji_status: str = ""
    emoji_status_until: int = 0
    status_bots: list[int] = field(default_factory=list)
    """Bots that may change the emoji status."""
    audios: list[StoredFile] = field(default_factory=list)
    """Music in the profile."""
    accepted_gifts: dict[str, bool] = field(default_factory=dict)
    verified_by: int | None = None

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Game:
    """A game made with BotFather."""

    title: str
    description: str


@dataclass(slots=True, kw_only=True)
class Bot:
    """A bot with its settings. Its token is masked in the repr."""

    id: int
    name: str
    username: str
    owner_id: int
    token: str = field(repr=False)
    """Empty for BotFather, which runs in this process."""
    manager_id: int | None = None
    can_manage_bots: bool = False
    privacy: bool = True
    """Privacy mode: in groups it gets only messages addressed to it."""
    joins_groups: bool = True
    topics_enabled: bool = False
    """Private chats with it have topics. https://core.telegram.org/bots/api#user"""
    photo: StoredFile | None = None
    access_restricted: bool = False
    added_user_ids: list[int] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    """By language, as the descriptions."""
    descriptions: dict[str, str] = field(default_factory=dict)
    short_descriptions: dict[str, str] = field(default_factory=dict)
    commands: dict[str, list[Command]] = field(default_factory=dict)
    """By ``scope|language``; see :mod:`sandbox.world.commands`."""
    menu_buttons: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By user id; 0 is everybody's."""
    default_rights: dict[str, dict[str, bool]] = field(default_factory=dict)
    """By "groups" and "channels"."""
    inline: bool = False
    """Answers inline queries."""
    inline_feedback: bool = False
    """Gets the chosen results of inline queries."""
    business: bool = False
    """May be connected to people's accounts."""
    join_queries: bool = False
    """Decides on join requests by queries."""
    verifier: bool = False
    """May verify people and chats."""
    games: dict[str, Game] = field(default_factory=dict)
    """By short name."""
    deleted: bool = False

    @property
    def first_name(self) -> str:
        return self.name

    def admits(self, account_id: int) -> bool:
        """Whether this person may use the bot.
        https://core.telegram.org/bots/api#setmanagedbotaccesssettings"""
        if not self.access_restricted:
            return True
        return account_id == self.owner_id or account_id in self.added_user_ids


@dataclass(slots=True, kw_only=True)
class Member:
    """``status``: creator, administrator, member, restricted, left or kicked."""

    user_id: int
    status: str
    rights: tuple[str, ...] = ()
    title: str = ""
    anonymous: bool = False
    until: int = 0
    can_send: bool = True
    """A restricted member who may not write has False."""
    permissions: dict[str, bool] = field(default_factory=dict)
    """Of a restricted member; those left out are as ``can_send``."""
    tag: str = ""

    @property
    def inside(self) -> bool:
        return self.status in ("creator", "administrator", "member", "restricted")

    @property
    def admin(self) -> bool:
        return self.status in ("creator", "administrator")

    def may_send(self, permission: str) -> bool:
        """Whether members who are not admins have this permission."""
        return self.permissions.get(permission, self.can_send)

    def may(self, right: str) -> bool:
        return self.status == "creator" or (self.admin and right in self.rights)


@dataclass(slots=True, kw_only=True)
class Topic:
    """A forum topic. Its id is that of the service message that opened it; 1 is General."""

    id: int
    name: str
    icon_color: int = 0x6FB9F0
    icon_custom_emoji_id: str = ""
    closed: bool = False
    hidden: bool = False


@dataclass(slots=True, kw_only=True)
class Room:
    """A group or a channel."""

    id: int
    title: str
    username: str = ""
    description: str = ""
    photo: StoredFile | None = None
    members: dict[int, Member] = field(default_factory=dict)
    permissions: dict[str, bool] = field(default_factory=dict)
    invite_hash: str = ""
    protected: bool = False
    links: dict[str, InviteLink] = field(default_factory=dict)
    """By hash; the primary link is ``invite_hash``."""
    join_requests: dict[int, JoinRequest] = field(default_factory=dict)
    """Join requests by user id."""
    boosts: list[Boost] = field(default_factory=list)
    sticker_set: str = ""
    banned_senders: list[int] = field(default_factory=list)
    """Channels that may not write here."""
    verified_by: int | None = None

    @property
    def kind(self) -> str:
        """The Bot API's name of this type of chat."""
        raise NotImplementedError

    def member(self, user_id: int) -> Member:
        """A person's or bot's member status; ``left`` for somebody who never joined."""
        return self.members.get(user_id) or Member(user_id=user_id, status="left")

    def has(self, user_id: int) -> bool:
        return self.member(user_id).inside

    def insiders(self) -> list[Member]:
        return [member for member in self.members.values() if member.inside]

    @property
    def creator_id(self) -> int:
        """The owner, or its creator when the owner has left."""
        founder = next(iter(self.members))
        owners = (one.user_id for one in self.members.values() if one.status == "creator")
        return next(owners, founder)


@dataclass(slots=True, kw_only=True)
class Group(Room):
    """A supergroup, or a basic group when ``basic``."""

    basic: bool = False
    forum: bool = False
    migrated_to: int | None = None
    direct_messages_of: int | None = None
    """The channel whose direct messages these are."""

    @property
    def kind(self) -> str:
        return "group" if self.basic else "supergroup"


@dataclass(slots=True, kw_only=True)
class Channel(Room):
    signatures: bool = False

    @property
    def kind(self) -> str:
        return "channel"


Peer = Account | Bot | Group | Channel
User = Account | Bot
