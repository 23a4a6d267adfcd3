"""Every Bot API call of the control bot's handlers, refused in every way (issue 6): what the
handler did stands, the person can go on, and the log has one line."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import CopyMessage, TelegramMethod
from aiogram.types import Chat, Message, MessageId, Update, User

from controlbot.bot import build_dispatcher, furnish
from controlbot.dialogs.states import (
    Admin,
    Features,
    Help,
    Home,
    Preferences,
    Privacy,
    Welcome,
)
from controlbot.kit.drawing import Messages
from tenants.model import BotToken, Desired, Tenant, Throttle, UserId
from tests.integration.controlbot.conftest import OWNER, House, SilentBot
from tests.integration.controlbot.forging import Forger

Method = TelegramMethod[Any]


def bad(words: str) -> Callable[[Method], TelegramAPIError]:
    return lambda method: TelegramBadRequest(method=method, message=f"Bad Request: {words}")


def forbidden(words: str) -> Callable[[Method], TelegramAPIError]:
    return lambda method: TelegramForbiddenError(method=method, message=f"Forbidden: {words}")


REFUSALS: dict[str, Callable[[Method], TelegramAPIError]] = {
    "blocked": forbidden("bot was blocked by the user"),
    "deactivated": forbidden("user is deactivated"),
    "chat not found": bad("chat not found"),
    "no rights": bad("not enough rights to send text messages to the chat"),
    "not modified": bad("message is not modified"),
    "edit gone": bad("message to edit not found"),
    "can't edit": bad("message can't be edited"),
    "delete gone": bad("message to delete not found"),
    "can't delete": bad("message can't be deleted for everyone"),
    "reply gone": bad("message to be replied not found"),
    "copy gone": bad("message to copy not found"),
    "too old": bad("query is too old and response timeout expired or query ID is invalid"),
    "too long": bad("message is too long"),
    "can't parse": bad("can't parse entities: Unsupported start tag"),
    "protected": bad("message can't be copied: protected content"),
    "voice forbidden": bad("VOICE_MESSAGES_FORBIDDEN"),
    "flood": lambda method: TelegramRetryAfter(method=method, message="Flood", retry_after=0),
    "server": lambda method: TelegramServerError(method=method, message="Internal Server Error"),
    "reset": lambda method: TelegramNetworkError(method=method, message="Connection reset"),
}


class RefusingBot(SilentBot):
    """Answers as Telegram does, but for one call."""

    def __init__(self) -> None:
        super().__init__()
        self.fail_at = -1
        self.error: Callable[[Method], TelegramAPIError] = bad("")
        self.made: list[str] = []
        self._ids = itertools.count(1000)

    async def __call__(self, method: Any, request_timeout: int | None = None) -> Any:
        self.made.append(type(method).__name__)
        self.calls.append(method)
        if len(self.made) - 1 == self.fail_at:
            raise self.error(method)
        if isinstance(method, CopyMessage):
            return MessageId(message_id=next(self._ids))
        name = type(method).__name__
        if name.startswith(("Send", "EditMessage")):
            return Message(
                message_id=getattr(method, "message_id", None) or next(self._ids),
                date=datetime.now(UTC),
                chat=Chat(id=method.chat_id, type="private"),
                text="drawn",
            ).as_(self)
        return True


@dataclass
class Stage:
    """A control bot that draws through :class:`RefusingBot`."""

    house: House
    bot: RefusingBot
    users: Iterator[int] = field(default_factory=lambda: itertools.count(10_000))

    async def newcomer(self, *, consent: bool = True) -> UserId:
        user_id = UserId(next(self.users))
        if consent:
            await self.house.agree(user_id)
        return user_id

    async def with_bot(self) -> tuple[UserId, Tenant]:
        user_id = await self.newcomer()
        return user_id, await self.house.tenant_of(user_id)

    async def send(self, user_id: UserId, text: str) -> None:
        message = Message(
            message_id=5,
            date=self.house.clock.now(),
            chat=Chat(id=user_id, type="private"),
            from_user=User(id=user_id, is_bot=False, first_name="Ada", language_code="en"),
            text=text,
        )
        await self.house.dispatcher.feed_update(self.bot, Update(update_id=1, message=message))

    async def press(
        self, user_id: UserId, state: Any, data: str, tenant: Tenant | None = None, **more: Any
    ) -> None:
        about = {"tenant_id": tenant.id, "generation": tenant.generation} if tenant else {}
        forger = Forger(self.house, user_id)
        intent = await forger.stand_at(state, about, {**about, **more})
        await forger.press(intent, data)

    async def state_of(self, user_id: UserId) -> str | None:
        return await self.house.platform.storage.open_state(self.bot.id, user_id)

    async def stored(self, tenant: Tenant) -> Tenant:
        async with self.house.services.db.read() as uow:
            found = await uow.tenants.get(tenant.id)
        assert found is not None
        return found


@pytest.fixture
async def stage(house: House) -> Stage:
    bot = RefusingBot()
    house.platform.bot = bot
    house.dispatcher = build_dispatcher(house.platform.storage)
    furnish(house.dispatcher, house.platform, Messages())
    await house.dispatcher.emit_startup()
    await house.agree(OWNER)
    return Stage(house, bot)


Check = Callable[[], Awaitable[bool]]
Act = Callable[[Stage], Awaitable[tuple[UserId, Callable[[], Awaitable[None]], Check]]]


def window_act(command: str, state: Any) -> Act:
    async def act(stage: Stage) -> Any:
        user_id, _tenant = await stage.with_bot()

        async def check() -> bool:
            return bool(await stage.state_of(user_id) == state.state)

        return user_id, lambda: stage.send(user_id, command), check

    return act


def card_act(state: Any, data: str, done: Callable[[Tenant], bool], **more: Any) -> Act:
    async def act(stage: Stage) -> Any:
        user_id, tenant = await stage.with_bot()

        async def check() -> bool:
            return done(await stage.stored(tenant))

        return user_id, lambda: stage.press(user_id, state, data, tenant, **more), check

    return act


def desk_act(state: Any, data: str, done: Callable[[Tenant], bool], wants: str = "") -> Act:
    async def act(stage: Stage) -> Any:
        _user_id, tenant = await stage.with_bot()
        nonce = await stage.house.services.nonces.issue(OWNER, OWNER, f"{wants}:{tenant.id}")  # type: ignore[arg-type]

        async def check() -> bool:
            return done(await stage.stored(tenant))

        pressed = data.format(nonce=nonce)
        return OWNER, lambda: stage.press(OWNER, state, pressed, tenant, reason="spam"), check

    return act


async def erase(stage: Stage) -> Any:
    user_id, tenant = await stage.with_bot()
    nonce = await stage.house.services.nonces.issue(user_id, user_id, f"erase:{tenant.id}")  # type: ignore[arg-type]

    async def check() -> bool:
        return (await stage.stored(tenant)).desired is Desired.ERASING

    return user_id, lambda: stage.press(user_id, Privacy.erase, f"sure:{nonce}", tenant), check


async def bring(stage: Stage) -> Any:
    user_id = await stage.newcomer()
    token = BotToken.parse(f"{500_000 + user_id}:" + "A" * 35)

    async def check() -> bool:
        actor = await stage.house.services.access.actor_for(user_id)
        return [t.bot_id for t in await stage.house.services.directory.mine(actor)] == [
            token.bot_id
        ]

    return user_id, lambda: stage.send(user_id, f"token={token.reveal()}."), check


async def agree(stage: Stage) -> Any:
    user_id = await stage.newcomer(consent=False)

    async def check() -> bool:
        return not await stage.house.services.people.consent_needed(user_id)

    return user_id, lambda: stage.press(user_id, Welcome.consent, "agree"), check


async def choose_language(stage: Stage) -> Any:
    user_id = await stage.newcomer()

    async def check() -> bool:
        return await stage.house.services.people.language_of(user_id) == "ru"

    return user_id, lambda: stage.press(user_id, Preferences.language, "language:ru"), check


async def switch_feature(stage: Stage) -> Any:
    user_id, tenant = await stage.with_bot()

    async def check() -> bool:
        found = await stage.house.services.features.choices(tenant.id)
        return "shop" in found and found["shop"].enabled

    return (
        user_id,
        lambda: stage.press(user_id, Features.feature, "on", tenant, feature="shop"),
        check,
    )


ACTS: dict[str, Act] = {
    "/status": window_act("/status", Home.card),
    "/settings": window_act("/settings", Preferences.menu),
    "/privacy": window_act("/privacy", Privacy.overview),
    "/help": window_act("/help", Help.page),
    "unknown command": window_act("/nonsense", Home.card),
    "pause": card_act(Home.card, "pause", lambda t: t.desired is Desired.PAUSED),
    "erase": erase,
    "bring a token": bring,
    "agree": agree,
    "language": choose_language,
    "feature": switch_feature,
    "suspend": desk_act(
        Admin.suspend_confirm, "sure:{nonce}", lambda t: t.desired is Desired.SUSPENDED, "suspend"
    ),
    "throttle": desk_act(Admin.throttle, "levels:slow", lambda t: t.throttle is Throttle.SLOW),
}


def _share(turn: int, calls: int) -> list[tuple[int, str]]:
    """Every second pair of call and refusal: neighbouring handlers, which make the same calls,
    take the others."""
    pairs = itertools.product(range(calls), enumerate(REFUSALS))
    return [(at, refusal) for at, (n, refusal) in pairs if (turn + at + n) % 2]


@pytest.mark.parametrize("name", list(ACTS))
async def test_a_refused_call_undoes_nothing_and_leaves_a_window(
    stage: Stage, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    user_id, act, check = await ACTS[name](stage)
    stage.bot.made.clear()
    await act()
    calls = list(stage.bot.made)
    assert calls
    assert await check(), "without a refusal"
    caplog.set_level(logging.INFO)
    turn = list(ACTS).index(name)
    for at, refusal in _share(turn, len(calls)):
        user_id, act, check = await ACTS[name](stage)
        caplog.clear()
        stage.bot.made.clear()
        stage.bot.fail_at, stage.bot.error = at, REFUSALS[refusal]
        where = f"{name}: {calls[at]} refused: {refusal}"
        await act()
        stage.bot.fail_at = -1
        assert await check(), where
        lines = [r for r in caplog.records if r.name.startswith("controlbot")]
        assert len(lines) <= 1, (where, [r.getMessage() for r in lines])
        assert not [r for r in lines if r.exc_info], where
        stage.bot.made.clear()
        await stage.send(user_id, "/start")
        assert any(made.startswith("Send") for made in stage.bot.made), where
    await stage.house.platform.nursery.close()
