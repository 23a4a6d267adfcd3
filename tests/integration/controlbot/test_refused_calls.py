"""Every Bot API call of the control bot's handlers, refused in every way: what the
handler did stands, the person can go on, and the log has one line."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from aiogram.exceptions import (
    TelegramAPIError,
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
)
from aiogram.methods import SendDocument, TelegramMethod
from aiogram.types import Chat, Message, MessageId, Update, User

from controlbot.bot.dispatcher import build_dispatcher, register_handlers
from controlbot.dialogs.states import (
    Account,
    Admin,
    Features,
    Help,
    Home,
    Preferences,
    Privacy,
    Welcome,
)
from controlbot.widgets.message_manager import Messages
from mtproto.login.steps import Done, NeedCode, NeedPassword, NeedPhone, ShowQr
from tenants.domain.model import BotToken, Desired, Tenant, Throttle, UserId
from tenants.telegram.refusals import Decision, decide
from tests.integration.controlbot.conftest import OWNER, House, SilentBot
from tests.integration.controlbot.forging import Forger
from tests.integration.controlbot.scripted_logins import ScriptedLogins

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
    "lost before": lambda method: TelegramNetworkError(method=method, message="Connection reset"),
    "answer lost": lambda method: TelegramNetworkError(method=method, message="no answer in time"),
}


LOST: Final = frozenset({"lost before", "answer lost"})
"""The connection breaks before Telegram has got the call, or after it has done it."""
DRAWING: Final = frozenset(
    {"SendMessage", "EditMessageText", "DeleteMessage", "AnswerCallbackQuery"}
)
"""Calls that every scenario makes."""


class RefusingBot(SilentBot):
    """Answers as Telegram does, but for one call."""

    def __init__(self) -> None:
        super().__init__()
        self.fail_at = -1
        self.refusal = ""
        self.made: list[str] = []
        self.sent: list[tuple[int, int]] = []
        """Chats and ids of the messages that exist, also where the answer was lost."""

    async def __call__(self, method: Any, request_timeout: int | None = None) -> Any:
        self.made.append(type(method).__name__)
        fails = len(self.made) - 1 == self.fail_at
        if fails and self.refusal != "answer lost":
            raise REFUSALS[self.refusal](method)
        self.calls.append(method)
        answer = self.answer(method)
        if isinstance(answer, Message | MessageId) and hasattr(method, "chat_id"):
            self.sent.append((int(method.chat_id), answer.message_id))
        if fails:
            raise REFUSALS[self.refusal](method)
        return answer

    def answer(self, method: Any) -> Any:
        if not type(method).__name__.startswith("EditMessage"):
            return super().answer(method)
        return Message(
            message_id=method.message_id,
            date=datetime.now(UTC),
            chat=Chat(id=method.chat_id, type="private"),
            text="drawn",
        ).as_(self)

    def copied(self, to: int, source: int) -> bool:
        return (to, source) in self.copies()

    def told(self, to: int, words: str) -> bool:
        texts = [
            c.text for c in self.calls if getattr(c, "chat_id", None) == to and hasattr(c, "text")
        ]
        return any(words in (text or "") for text in texts)


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

    async def send(self, user_id: UserId, text: str, reply_to: Message | None = None) -> None:
        message = Message(
            message_id=5,
            date=self.house.clock.now(),
            chat=Chat(id=user_id, type="private"),
            from_user=User(id=user_id, is_bot=False, first_name="Ada", language_code="en"),
            text=text,
            reply_to_message=reply_to,
        )
        await self.house.dispatcher.feed_update(self.bot, Update(update_id=1, message=message))

    async def write(
        self, user_id: UserId, state: Any, text: str, tenant: Tenant | None = None
    ) -> None:
        """Say something where a window waits for it."""
        about = {"tenant_id": tenant.id} if tenant else {}
        await Forger(self.house, user_id).stand_at(state, about, about)
        await self.send(user_id, text)

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
    house.platform.logins = ScriptedLogins()  # type: ignore[assignment]
    house.dispatcher = build_dispatcher(house.platform.storage)
    register_handlers(house.dispatcher, house.platform, Messages())
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


def login_act(step: type, state: Any, *, data: str = "", text: str = "") -> Act:
    """A tap or a message in a login's window, which leads to ``step``."""

    async def act(stage: Stage) -> Any:
        user_id, tenant = await stage.with_bot()
        logins = stage.house.platform.logins
        assert isinstance(logins, ScriptedLogins)

        async def check() -> bool:
            return isinstance(logins.steps.get(tenant.id), step)

        async def do() -> None:
            if data:
                await stage.press(user_id, state, data, tenant, length=1)
            else:
                await stage.write(user_id, state, text, tenant)

        return user_id, do, check

    return act


async def copy_of_data(stage: Stage) -> Any:
    """The file arrives, or its owner is told that it does not."""
    user_id, _tenant = await stage.with_bot()
    nursery = stage.house.platform.nursery

    async def do() -> None:
        await stage.press(user_id, Privacy.export, "send")
        assert await nursery.drain(30)

    async def check() -> bool:
        arrived = any(
            isinstance(call, SendDocument) and call.chat_id == user_id for call in stage.bot.calls
        )
        told = stage.bot.told(user_id, "The file could not be sent")
        return (arrived or told) and not stage.house.services.exports.is_under_way(user_id)

    return user_id, do, check


async def write_to_team(stage: Stage) -> Any:
    """The message arrives, or its author is told that it does not."""
    user_id, _tenant = await stage.with_bot()

    async def check() -> bool:
        copied = stage.bot.copied(OWNER, user_id)
        return copied or stage.bot.told(user_id, "Nobody of the team could be reached")

    return user_id, lambda: stage.write(user_id, Help.write, "Hello"), check


async def answer_of_team(stage: Stage) -> Any:
    user_id, _tenant = await stage.with_bot()
    await stage.write(user_id, Help.write, "Hello")
    header = next(number for to, number in reversed(stage.bot.sent) if to == OWNER)
    chat = Chat(id=OWNER, type="private")
    me = User(id=stage.bot.id, is_bot=True, first_name="House")
    replied = Message(
        message_id=header, date=stage.house.clock.now(), chat=chat, from_user=me, text="Hello"
    )

    async def check() -> bool:
        copied = stage.bot.copied(user_id, OWNER)
        return copied or stage.bot.told(OWNER, "It did not arrive")

    return OWNER, lambda: stage.send(OWNER, "Yes?", replied), check


ACTS: dict[str, Act] = {
    "copy of data": copy_of_data,
    "write to the team": write_to_team,
    "answer of the team": answer_of_team,
    "QR shown": login_act(ShowQr, Account.choose, data="qr"),
    "phone asked for": login_act(NeedPhone, Account.choose, data="phone"),
    "phone": login_act(NeedCode, Account.phone, text="+442079460000"),
    "code": login_act(NeedPassword, Account.code, data="keypad:1"),
    "password": login_act(Done, Account.password, text="correct horse"),
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


def _share(turn: int, calls: list[str]) -> list[tuple[int, str]]:
    """Which call is refused in which way. Of the calls that all scenarios make, every second
    pair: the next scenario takes the others. A lost connection and any other call: all."""
    pairs = itertools.product(enumerate(calls), enumerate(REFUSALS))
    return [
        (at, refusal)
        for (at, call), (n, refusal) in pairs
        if call not in DRAWING or refusal in LOST or (turn + at + n) % 2
    ]


async def _handed_over(act: Callable[[], Awaitable[None]]) -> None:
    """As the control bot's intake does: after an outage the update comes once more."""
    try:
        await act()
    except TelegramAPIError as error:
        if decide(error) is not Decision.RETRY:
            raise
        await act()


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
    for at, refusal in _share(turn, calls):
        user_id, act, check = await ACTS[name](stage)
        caplog.clear()
        stage.bot.made.clear()
        stage.bot.fail_at, stage.bot.refusal = at, refusal
        where = f"{name}: {calls[at]} refused: {refusal}"
        await _handed_over(act)
        stage.bot.fail_at = -1
        assert await check(), where
        lines = [r for r in caplog.records if r.name.startswith("controlbot")]
        assert len(lines) <= 1, (where, [r.getMessage() for r in lines])
        assert not [r for r in lines if r.exc_info], where
        stage.bot.made.clear()
        await stage.send(user_id, "/start")
        assert any(made.startswith("Send") for made in stage.bot.made), where
    await stage.house.platform.nursery.close()
