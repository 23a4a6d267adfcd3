"""One update for each handler of tenants' bots, and what must hold after it, whatever was refused.

Used by the test that fails every Bot API call of each with every refusal.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tenants.domain.model import ChatId, UserId
from tenants.store.audience import Visitor
from tests.support.inbox_cast import Cast, album, has, picture
from tests.support.sandbox_client import Message, Person, file_part


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What was made to fail."""

    method: str
    nth: int
    """Which of the update's calls of this method, from 0."""
    name: str
    """Of the refusal, or of the fault."""
    passing: bool
    """The same call succeeds when it is tried again."""

    def __str__(self) -> str:
        return f"{self.method}[{self.nth}]: {self.name}"


@dataclass(slots=True)
class Run:
    """One scenario played once."""

    cast: Cast
    number: int
    failure: Failure | None = None
    before: dict[int, int] = field(default_factory=dict)
    """The newest message of each person's chat before the run."""

    owner_started: bool = True

    @property
    def certain(self) -> bool:
        """Nothing failed for good."""
        return self.failure is None or self.failure.passing

    @property
    def made_moot(self) -> bool:
        """Telegram says that the edit is made already, and is believed."""
        return self.failure is not None and self.failure.name == "not_modified"

    @property
    def word(self) -> str:
        """In what is written in this run and in no other."""
        return f"word{self.number}."

    async def clear_waiting(self) -> None:
        """An earlier run may have left messages for the hand-over's job."""
        async with self.cast.yard.services.db.write() as uow:
            while relays := await uow.relays.waiting_of_oldest(self.cast.tenant.id, 100):
                for relay in relays:
                    await uow.relays.delete(relay)

    async def begin(self) -> None:
        for person in (self.cast.owner, self.cast.anna):
            seen = await person.messages(self.cast.bot.id)
            self.before[person.id] = seen[-1].id if seen else 0

    async def owner_has(self, words: str) -> bool:
        return any(has(words)(m) for m in await self._new(self.cast.owner))

    async def anna_has(self, words: str) -> bool:
        return any(has(words)(m) for m in await self._new(self.cast.anna))

    async def _new(self, person: Person) -> list[Message]:
        seen = await person.messages(self.cast.bot.id, after=self.before[person.id])
        return [m for m in seen if not m.outgoing]

    async def visitor(self) -> Visitor | None:
        async with self.cast.yard.services.db.read() as uow:
            return await uow.audience.get(self.cast.tenant.id, UserId(self.cast.anna.id))

    async def waiting(self) -> int:
        async with self.cast.yard.services.db.read() as uow:
            return await uow.relays.count_waiting(self.cast.tenant.id, ChatId(self.cast.anna.id))


Step = Callable[[Run], Awaitable[None]]


async def _nothing(_run: Run) -> None:
    """No preparation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    name: str
    act: Step
    """Causes one update."""
    check: Step
    """Holds whatever was refused: effects are stored, and nobody is left in silence."""
    prepare: Step = _nothing
    """Before each run."""
    owner_started: bool = True


# --- What must hold -----------------------------------------------------------------------------


async def _passed_on(run: Run) -> None:
    """The owner has it or reads what it was, or it is kept and its author knows."""
    visitor = await run.visitor()
    assert visitor is not None, "the visitor is not stored"
    if await run.waiting():
        assert not run.certain or not run.owner_started, "kept, though the owner is there"
        return
    assert not run.certain or await run.owner_has(run.word), "not passed on"
    assert await run.owner_has(run.word) or await run.owner_has("Anna"), "the owner sees nothing"
    if await run.owner_has(": "):
        assert await run.anna_has("did not arrive") or await run.owner_has("it was deleted")


async def _answered(run: Run) -> None:
    arrived = await run.anna_has(run.word)
    assert arrived or not run.certain, "not delivered"
    told = await run.owner_has("was not delivered") or await run.owner_has("is missing")
    assert arrived or told, "neither delivered nor told"


async def _edited_or_told(run: Run) -> None:
    told = await run.owner_has("still has the old version")
    anna = await run.cast.anna_chat()
    assert run.made_moot or told or any(has(run.word)(m) for m in anna), "neither edited nor told"


async def _sticker_check(run: Run) -> None:
    """It has no words: its header, and the sticker under it."""
    assert await run.waiting() or await run.owner_has("Anna")
    if run.certain:
        assert sum(m.media is not None for m in await run._new(run.cast.owner)) >= 1


async def _edit_seen(run: Run) -> None:
    chat = await run.cast.owner_chat()
    assert run.made_moot or any(has(run.word)(m) for m in chat), "the edit is not seen"


async def _said(run: Run, words: str, *, to_owner: bool = False) -> None:
    """Words alone: they arrive unless they were refused for good."""
    if run.certain:
        assert await (run.owner_has(words) if to_owner else run.anna_has(words)), "not said"


# --- Scenarios ----------------------------------------------------------------------------------


async def _anna_says(run: Run, text: str = "{}") -> None:
    await run.cast.anna.send(run.cast.bot.id, text.format(run.word))


async def _owner_reply(run: Run, text: str = "{}") -> None:
    await run.cast.owner.send(run.cast.bot.id, text.format(run.word), reply_to=await _asked(run))


async def _asked(run: Run) -> int:
    """The owner's copy of a message of Anna's."""
    chat = await run.cast.owner_chat()
    return next(m.id for m in reversed(chat) if "asked" in m.text)


async def _ask(run: Run) -> None:
    """Anna has written something that the owner can reply to."""
    if any("asked" in m.text for m in await run.cast.owner_chat()):
        return
    await _anna_says(run, "asked")
    await run.cast.handled()


async def _forget(run: Run) -> None:
    """Nothing is known of Anna."""
    async with run.cast.yard.services.db.write() as uow:
        await uow.relays.delete_person(run.cast.tenant.id, ChatId(run.cast.anna.id))
        await uow.audience.delete(run.cast.tenant.id, UserId(run.cast.anna.id))


async def _known(run: Run, *, banned: bool = False) -> None:
    """Anna is known, and has written before."""
    now = run.cast.yard.services.clock.now()
    visitor = UserId(run.cast.anna.id)
    async with run.cast.yard.services.db.write() as uow:
        await uow.audience.see(run.cast.tenant.id, visitor, now, name="Anna", messages=1)
        await uow.audience.set_banned(run.cast.tenant.id, visitor, banned)


async def _banned(run: Run) -> None:
    await _ask(run)
    await _known(run, banned=True)


async def _with_link(run: Run) -> None:
    await _ask(run)
    await _known(run)


async def _start_known(run: Run) -> None:
    await _anna_says(run, "/start")


async def _start_check(run: Run) -> None:
    visitor = await run.visitor()
    assert visitor is not None, "the visitor is not stored"
    await _said(run, "Hello, Anna")
    blocked = run.failure is not None and run.failure.name in {"blocked", "deactivated"}
    assert visitor.blocked == blocked


async def _photo(run: Run) -> None:
    await run.cast.anna.send_part(run.cast.bot.id, picture(), run.word)


async def _sticker(run: Run) -> None:
    sticker = file_part(run.word.encode(), "s.webp", kind="sticker", mime="image/webp")
    await run.cast.anna.send_part(run.cast.bot.id, sticker)


async def _album(run: Run) -> None:
    await run.cast.anna.send_album(run.cast.bot.id, album(run.word, "two"))


async def _quote(run: Run) -> None:
    answer = next(m for m in await run.cast.anna_chat() if "answered" in m.text)
    await run.cast.anna.quote(run.cast.bot.id, answer.id, "answer", run.word)


async def _answer_known(run: Run) -> None:
    await _with_link(run)
    if not any("answered" in m.text for m in await run.cast.anna_chat()):
        await _owner_reply(run, "answered")
        await run.cast.handled()


async def _album_back(run: Run) -> None:
    await run.cast.owner.send_album(
        run.cast.bot.id, album(run.word, "two"), reply_to=await _asked(run)
    )


async def _edit_mine(run: Run) -> None:
    mine = await run.cast.anna.messages(run.cast.bot.id)
    sent = next(m for m in mine if m.outgoing and "to edit" in m.text)
    await run.cast.anna.edit(run.cast.bot.id, sent.id, f"to edit {run.word}")


async def _to_edit(run: Run) -> None:
    await _known(run)
    if not any(has("to edit")(m) for m in await run.cast.owner_chat()):
        await _anna_says(run, "to edit")
        await run.cast.handled()


async def _edit_answer(run: Run) -> None:
    mine = await run.cast.owner.messages(run.cast.bot.id)
    sent = next(m for m in mine if m.outgoing and "answered" in m.text)
    await run.cast.owner.edit(run.cast.bot.id, sent.id, f"answered {run.word}")


async def _ban_check(run: Run) -> None:
    visitor = await run.visitor()
    assert visitor is not None
    assert visitor.banned, "the ban is not stored"
    await _said(run, "is blocked", to_owner=True)


async def _unban_check(run: Run) -> None:
    visitor = await run.visitor()
    assert visitor is not None
    assert not visitor.banned, "still banned"


async def _press_in_list(run: Run) -> None:
    shown = [m for m in await run.cast.owner_chat() if m.inline]
    await _press(run, run.cast.owner, shown[-1], "Unblock")


async def _press(run: Run, person: Person, message: Message, text: str) -> None:
    """Without waiting for the bot's answer, which may be refused."""
    button = message.button(text)
    assert button is not None
    body = {"chat": run.cast.bot.id, "message_id": message.id, "data": button.data, "wait": 0}
    await person.api.call("POST", f"accounts/{person.id}/press", body)


async def _list_shown(run: Run) -> None:
    await _banned(run)
    await run.cast.owner.send(run.cast.bot.id, "/blocked")
    await run.cast.handled()


async def _asked_to_forget(run: Run) -> None:
    await _known(run)
    await _anna_says(run, "/forgetme")
    await run.cast.handled()


async def _press_forget(run: Run) -> None:
    shown = [m for m in await run.cast.anna_chat() if m.button("Yes")]
    await _press(run, run.cast.anna, shown[-1], "Yes")


async def _press_keep(run: Run) -> None:
    shown = [m for m in await run.cast.anna_chat() if m.button("No")]
    await _press(run, run.cast.anna, shown[-1], "No")


async def _forgotten(run: Run) -> None:
    assert await run.visitor() is None, "the data stays"


async def _kept(run: Run) -> None:
    assert await run.visitor() is not None


async def _kept_waiting(run: Run) -> None:
    """Anna wrote while the owner was away."""
    await run.cast.owner.block(run.cast.bot.id)
    await run.cast.handled()
    await _anna_says(run, f"waits {run.word}")
    await run.cast.handled()


async def _back(run: Run) -> None:
    await run.cast.owner.unblock(run.cast.bot.id)


async def _handed_over(run: Run) -> None:
    """It was handed over, or it still waits for the job."""
    assert (
        await run.owner_has(f"waits {run.word}")
        or await run.waiting()
        or await run.owner_has("Anna")
    )


async def _blocked_check(run: Run) -> None:
    visitor = await run.visitor()
    assert visitor is not None
    assert visitor.blocked, "the block is not stored"


async def _block(run: Run) -> None:
    await run.cast.anna.block(run.cast.bot.id)


async def _unblocked(run: Run) -> None:
    await run.cast.anna.unblock(run.cast.bot.id)
    await run.cast.handled()
    await _known(run)


async def _react(run: Run) -> None:
    emoji = "❤🔥👏🎉"[run.number % 4]
    await run.cast.owner.react(run.cast.bot.id, await _asked(run), emoji)


def _words(text: str, expected: str, *, by_owner: bool = False) -> tuple[Step, Step]:
    async def act(run: Run) -> None:
        writer = run.cast.owner if by_owner else run.cast.anna
        await writer.send(run.cast.bot.id, text)

    async def check(run: Run) -> None:
        await _said(run, expected, to_owner=by_owner)

    return act, check


def _reply_of_owner(text: str, check: Step, prepare: Step, name: str) -> Scenario:
    async def act(run: Run) -> None:
        await _owner_reply(run, text)

    return Scenario(name=name, act=act, check=check, prepare=prepare)


def scenarios() -> list[Scenario]:
    words = {
        "help": _words("/help", "/forgetme"),
        "privacy": _words("/privacy", "Your data in"),
        "my data": _words("/mydata", "This is all that is kept"),
        "forget me": _words("/forgetme", "Delete everything"),
        "owner's start": _words("/start", "at work", by_owner=True),
        "no addressee": _words("hello all", "To answer somebody", by_owner=True),
        "unknown command": _words("/nothing", "was not sent", by_owner=True),
        "blocked list": _words("/blocked", "Nobody is blocked", by_owner=True),
    }
    return [
        *(Scenario(name=name, act=act, check=check) for name, (act, check) in words.items()),
        Scenario(name="start", act=_start_known, check=_start_check, prepare=_forget),
        Scenario(name="first text", act=_anna_says, check=_passed_on, prepare=_forget),
        Scenario(name="text", act=_anna_says, check=_passed_on, prepare=_known),
        Scenario(name="photo", act=_photo, check=_passed_on, prepare=_known),
        Scenario(name="sticker", act=_sticker, check=_sticker_check, prepare=_known),
        Scenario(name="album", act=_album, check=_passed_on, prepare=_known),
        Scenario(name="quote", act=_quote, check=_passed_on, prepare=_answer_known),
        Scenario(
            name="absent owner",
            act=_anna_says,
            check=_passed_on,
            prepare=_forget,
            owner_started=False,
        ),
        Scenario(name="visitor's edit", act=_edit_mine, check=_edit_seen, prepare=_to_edit),
        Scenario(
            name="owner's edit", act=_edit_answer, check=_edited_or_told, prepare=_answer_known
        ),
        _reply_of_owner("{}", _answered, _with_link, "answer"),
        Scenario(name="album as an answer", act=_album_back, check=_answered, prepare=_with_link),
        _reply_of_owner("/ban", _ban_check, _with_link, "ban"),
        _reply_of_owner("/unban", _unban_check, _banned, "unban"),
        Scenario(
            name="unban in the list", act=_press_in_list, check=_unban_check, prepare=_list_shown
        ),
        Scenario(name="forget", act=_press_forget, check=_forgotten, prepare=_asked_to_forget),
        Scenario(name="keep", act=_press_keep, check=_kept, prepare=_asked_to_forget),
        Scenario(name="owner is back", act=_back, check=_handed_over, prepare=_kept_waiting),
        Scenario(name="visitor blocks", act=_block, check=_blocked_check, prepare=_unblocked),
        Scenario(name="reaction", act=_react, check=_kept, prepare=_with_link),
    ]
