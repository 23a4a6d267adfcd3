"""A newcomer's whole story as acts. Each can be played with the platform in this process, in
another, or killed and started again before it; each ends when its outcome is in sight."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.flows.story_actors import BOTFATHER, PASSWORD, Cast, make_bot_with_botfather, tap_code

REASON = "She asked for help with her settings"


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that happens, in words and as a play."""

    words: str
    play: Callable[[Cast], Awaitable[None]]


async def meet(cast: Cast) -> None:
    await cast.newcomer.send(cast.desk, "/start")
    await cast.newcomer.press(cast.desk, cast.say.language_name())
    await cast.reads("👋 <b>Welcome, {person}!</b>")


async def agree(cast: Cast) -> None:
    await cast.press("✅ I agree, let's start")
    await cast.press("🔑 I have a token")
    await cast.reads("🔒 Your message is deleted at once; the token is stored encrypted.")


async def bring_a_bot(cast: Cast) -> None:
    cast.bot, answer = await make_bot_with_botfather(
        cast.newcomer, f"Ada{cast.mark}'s Bakery", f"adas{cast.mark}_bakery_bot"
    )
    before = await cast.newcomer.messages(cast.desk)
    await cast.newcomer.forward(cast.desk, BOTFATHER, answer.id)
    await cast.reads("✅ <b>@{username} is yours to run here.</b>")
    left = await cast.newcomer.messages(cast.desk, after=before[-1].id)
    assert not any(cast.bot.token in message.text for message in left), "the token is still there"


async def ask_for_a_code(cast: Cast) -> None:
    await cast.press("📱 By phone number")
    await cast.press("📱 Share my number")
    await cast.reads("🔢 <b>Tap in the login code</b>")


async def tap_a_wrong_code(cast: Cast) -> None:
    right = await cast.newcomer.login_code()
    assert right is not None
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    await tap_code(cast.newcomer, cast.desk, wrong)
    await cast.reads("That code is not right. Look at it again and tap it in once more.")


async def tap_the_code(cast: Cast) -> None:
    code = await cast.newcomer.login_code()
    assert code is not None
    await tap_code(cast.newcomer, cast.desk, code)
    await cast.reads("🔐 <b>Your two-step verification password</b>")


async def send_the_password(cast: Cast) -> None:
    sent = await cast.newcomer.send(cast.desk, PASSWORD)
    await cast.reads("✅ <b>{person} is connected.</b>")
    await cast.newcomer.gone(cast.desk, sent)
    assert len(await cast.newcomer.sessions()) >= 1


async def come_alive(cast: Cast) -> None:
    await cast.newcomer.wait_for(
        cast.desk,
        lambda message: f"🟢 {cast.say('Online')}" in message.text and cast.shop in message.text,
        "the card saying online",
    )
    await cast.newcomer.send(cast.shop, "/start")
    await cast.newcomer.wait_for(cast.shop, lambda message: True, "a greeting")


async def be_visited(cast: Cast) -> None:
    await cast.stranger.send(cast.shop, "/start")
    await cast.stranger.wait_for(cast.shop, lambda message: True, "a greeting")
    await cast.stranger.send(cast.shop, "Do you bake on Sundays?")
    arrived = await cast.newcomer.see(cast.shop, "Do you bake on Sundays?")
    cast.seen["question"] = arrived.id


async def answer(cast: Cast) -> None:
    await cast.newcomer.send(cast.shop, "From seven on.", reply_to=cast.seen["question"])
    await cast.stranger.see(cast.shop, "From seven on.")


NEWCOMER = (
    Act("Ada opens the control bot and picks her language", meet),
    Act("she reads what is kept and agrees", agree),
    Act("she makes a bot with @BotFather and forwards its message", bring_a_bot),
    Act("she shares her phone number to connect her account", ask_for_a_code),
    Act("she taps a wrong code and is told so", tap_a_wrong_code),
    Act("she taps the right one on the keypad", tap_the_code),
    Act("she sends her two-step password, which is deleted", send_the_password),
    Act("her card turns to online by itself", come_alive),
    Act("Nadia writes to the bot, and it reaches Ada", be_visited),
    Act("Ada replies, and it reaches Nadia", answer),
)


async def suspend(cast: Cast) -> None:
    owner = cast.owner
    await open_tenant(cast)
    await owner.press(cast.desk, "⛔ Suspend")
    await owner.see(cast.desk, "Send the reason as a message")
    await owner.send(cast.desk, "Complaints about flour prices")
    await owner.press(cast.desk, "Until it is lifted")
    await owner.press(cast.desk, "Yes, suspend")
    await owner.see(cast.desk, "Suspended")
    await cast.newcomer.see(cast.desk, "Complaints about flour prices")


async def wait_in_vain(cast: Cast) -> None:
    await cast.stranger.send(cast.shop, "Hello? Are you open?")
    await stays_away(cast, "Hello? Are you open?")


async def resume(cast: Cast) -> None:
    await open_tenant(cast)
    await cast.owner.press(cast.desk, "✅ Lift the suspension")
    await cast.newcomer.see(cast.shop, "Hello? Are you open?")


async def slow_down(cast: Cast) -> None:
    await set_speed(cast, "📥 Receive only")
    await cast.stranger.send(cast.shop, "One sourdough, please")
    await stays_away(cast, "One sourdough, please")
    await set_speed(cast, "🟢 Normal")
    await cast.newcomer.see(cast.shop, "One sourdough, please")


async def look_through_her_eyes(cast: Cast) -> None:
    owner = cast.owner
    await look_in(cast)
    await cast.newcomer.see(cast.desk, REASON)
    pressed = await owner.press(cast.desk, "⏸ Pause")
    assert "You are only looking" in str(pressed["answer"]), pressed
    await owner.press(cast.desk, "🚪 Stop viewing")
    await owner.find_button(cast.desk, "👁 View as its owner")


async def read_the_record(cast: Cast) -> None:
    await cast.newcomer.send(cast.desk, "/privacy")
    await cast.press("📖 Who did what")
    await cast.newcomer.see(cast.desk, "Complaints about flour prices")
    await cast.newcomer.see(cast.desk, REASON)


async def open_tenant(cast: Cast) -> None:
    """The owner opens the newcomer's card at the desk."""
    assert cast.bot is not None
    await cast.owner.send(cast.desk, "/admin")
    await cast.owner.press(cast.desk, cast.bot.username)
    await cast.owner.find_button(cast.desk, "👁 View as its owner")


async def look_in(cast: Cast) -> None:
    """The owner sees the newcomer's home, under a banner."""
    owner = cast.owner
    await open_tenant(cast)
    await owner.press(cast.desk, "👁 View as its owner")
    await owner.see(cast.desk, "Send the reason as a message")
    await owner.send(cast.desk, REASON)
    await owner.press(cast.desk, "Yes, for 30 minutes")
    await owner.see(cast.desk, "Looking only, until", cast.shop)


async def set_speed(cast: Cast, level: str) -> None:
    await open_tenant(cast)
    await cast.owner.press(cast.desk, "🐢 Speed")
    await cast.owner.press(cast.desk, level)
    await cast.owner.find_button(cast.desk, "🐢 Speed")


async def stays_away(cast: Cast, text: str) -> None:
    """A moment passes and ``text`` does not reach the newcomer."""
    await asyncio.sleep(1.5)
    assert not any(text in message.text for message in await cast.newcomer.messages(cast.shop))


DESK = (
    Act("Olga, who owns the platform, suspends the bot and says why", suspend),
    Act("Nadia's next message waits", wait_in_vain),
    Act("Olga lifts the suspension, and the message arrives", resume),
    Act("Olga sets it to receive only, then back to normal: late, not lost", slow_down),
    Act("Olga looks through Ada's eyes, and can change nothing", look_through_her_eyes),
    Act("Ada reads who did what", read_the_record),
)
