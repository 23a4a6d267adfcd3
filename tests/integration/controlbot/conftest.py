"""The control bot's windows over a real store, with Telegram's side of messages recorded."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiogram import Bot, Dispatcher
from aiogram.methods import CopyMessage, SendDocument, SendMessage, SendPhoto
from aiogram.types import Chat, Message, MessageId, ReplyKeyboardMarkup
from aiogram_dialog.api.entities import NewMessage, OldMessage
from aiogram_dialog.test_tools import BotClient, MockMessageManager
from aiogram_dialog.test_tools.bot_client import FakeBot
from aiogram_dialog.test_tools.keyboard import InlineButtonTextLocator

from controlbot.bot.context import ControlBotServices, Options
from controlbot.bot.factory import build_control_bot
from controlbot.notifications.listeners import Notifications
from mtproto.factory import build_accounts
from mtproto.settings import MtprotoSettings
from tenants.bot.features.registry import Registry
from tenants.domain.errors import TokenRejected
from tenants.domain.events import EventBus
from tenants.domain.model import BotId, BotProfile, BotToken, PlatformLimits, Tenant, UserId
from tenants.domain.ports import TokenProbe
from tenants.runner.supervision.rolling_restart import RollingRestart
from tenants.security.master_keys import FileKeyProvider
from tenants.services import Services, build_services, open_database
from tests.integration.controlbot.features import FEATURES
from tests.support.clock import FakeClock

CONTROL = BotId(777_001)
OWNER = UserId(1)
ADA = UserId(2)
SENDS = (SendMessage, SendDocument, SendPhoto)
TOKEN = BotToken.parse("123456789:" + "A" * 35)


class Telegram:
    """What Telegram would say of a token."""

    def __init__(self) -> None:
        self.webhook = ""
        self.username, self.name = "ada_bot", "Ada's <Bakery>"

    async def probe(self, token: BotToken) -> TokenProbe:
        if "x" in token.reveal():
            raise TokenRejected()
        profile = BotProfile(bot_id=token.bot_id, username=self.username, name=self.name)
        return TokenProbe(profile=profile, webhook_url=self.webhook, pending_updates=0)


@dataclass
class House:
    """A control bot in a box."""

    services: Services
    platform: ControlBotServices
    dispatcher: Dispatcher
    telegram: Telegram
    shown: Screen

    @property
    def clock(self) -> FakeClock:
        assert isinstance(self.services.clock, FakeClock)
        return self.services.clock

    @property
    def bot(self) -> SilentBot:
        assert isinstance(self.platform.bot, SilentBot)
        return self.platform.bot

    def person(self, user_id: int) -> BotClient:
        return BotClient(self.dispatcher, user_id=user_id, chat_id=user_id, bot=self.platform.bot)

    def last(self) -> Message:
        return self.shown.last_message()

    async def press(self, person: BotClient, text: str) -> str:
        """Press the button of the last window whose text matches. Returns the query's id."""
        return str(await person.click(self.last(), InlineButtonTextLocator(text)))

    async def agree(self, user_id: UserId, language: str = "en") -> None:
        """Let somebody through the welcome."""
        await self.services.people.see(user_id, f"Person {user_id}", language)
        await self.services.people.set_language(user_id, language)
        await self.services.people.give_consent(await self.services.access.actor_for(user_id))

    async def tenant_of(self, user_id: UserId) -> Tenant:
        actor = await self.services.access.actor_for(user_id)
        token = BotToken.parse(f"{100_000 + user_id}:" + "A" * 35)
        return await self.services.onboarding.connect_bot(actor, token)


class Screen(MockMessageManager):
    """What was drawn. The library's own can't hold reply keyboards in a message."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.drawn: list[NewMessage] = []

    async def show_message(
        self, bot: Bot, new_message: NewMessage, old_message: OldMessage | None
    ) -> OldMessage:
        self.drawn.append(new_message)
        if isinstance(new_message.reply_markup, ReplyKeyboardMarkup):
            new_message = replace(new_message, reply_markup=None)
        return await super().show_message(bot, new_message, old_message)


class SilentBot(FakeBot):
    """Sends nothing and remembers what it was asked to."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.calls: list[Any] = []
        self.ids = itertools.count(1000)
        self.before: dict[type, Callable[[Any], Awaitable[None]]] = {}
        """Called with a method of that type while it is being sent."""
        self.answers: dict[type, Any] = {}
        """What methods return, instead of what Telegram would."""
        self.refuse: Callable[[Any], None] = lambda _method: None
        """Called with each method before it counts as made; raises what Telegram answers."""

    @property
    def id(self) -> int:
        return CONTROL

    async def __call__(self, method: Any, request_timeout: int | None = None) -> Any:
        self.refuse(method)
        self.calls.append(method)
        if type(method) in self.before:
            await self.before[type(method)](method)
        if type(method) in self.answers:
            return self.answers[type(method)]
        return self.answer(method)

    def answer(self, method: Any) -> Any:
        """A message for what is sent, an id for a copy, and True for the rest: edits too, which
        is what an edit that changes nothing returns (tenants.telegram.http_client)."""
        if isinstance(method, CopyMessage):
            return MessageId(message_id=next(self.ids))
        if isinstance(method, SENDS):
            return Message(
                message_id=next(self.ids),
                date=datetime.now(UTC),
                chat=Chat(id=int(method.chat_id), type="private"),
                text="sent",
            ).as_(self)
        return True

    def copies(self) -> list[tuple[int, int]]:
        """To whom and from whom messages were copied."""
        copies = [call for call in self.calls if isinstance(call, CopyMessage)]
        return [(int(copy.chat_id), int(copy.from_chat_id)) for copy in copies]

    def said(self) -> list[str]:
        return [call.text for call in self.calls if getattr(call, "text", None)]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock(datetime.now(UTC))
    keys = FileKeyProvider(tmp_path / "master.key")
    await keys.create()
    db = await open_database(f"sqlite:///{tmp_path / 'controlbot.db'}", keys, clock)
    telegram = Telegram()
    services = await build_services(
        db,
        keys,
        prober=telegram,
        events=EventBus(),
        clock=clock,
        limits=PlatformLimits(owners=frozenset({OWNER}), control_bot_id=CONTROL),
    )
    accounts = build_accounts(services, MtprotoSettings())
    shown = Screen()
    built = build_control_bot(
        services=services,
        accounts=accounts,
        registry=Registry(FEATURES),
        restarts=RollingRestart(services.restarts, lambda _tenant_id: None),
        bot=SilentBot(),
        me=BotProfile(bot_id=CONTROL, username="house_bot", name="House", can_manage_bots=True),
        options=Options(),
        messages=shown,
    )
    platform, dispatcher, nursery = built.platform, built.dispatcher, built.platform.nursery
    await dispatcher.emit_startup()
    yield House(services, platform, dispatcher, telegram, shown)
    await nursery.drain(5)
    await nursery.close()
    platform.secrets.clear()
    await db.close()


@pytest.fixture
async def telling(house: House) -> AsyncIterator[None]:
    """What happens in the house is told to those concerned, as it is in the running app."""
    notifications = Notifications(house.platform)
    notifications.start()
    yield
    await notifications.stop()
