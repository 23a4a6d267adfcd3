"""Logins that go wrong on the way, told in the chat."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from controlbot.app import App
from tests.flows.story_actors import TELEGRAM, Cast, gather_cast, tap_code
from tests.flows.story_steps import NEWCOMER, ask_for_a_code, bring_a_bot
from tests.support.platform_env import Stage


@pytest.fixture
async def cast(platform: App, stage: Stage) -> Cast:
    """A newcomer without a two-step password, whose bot is in."""
    cast = await gather_cast(stage, password=None)
    for act in NEWCOMER:
        await act.play(cast)
        if act.play is bring_a_bot:
            break
    return cast


@pytest.mark.case(18)
async def test_a_code_typed_in_the_chat_is_explained_and_replaced(cast: Cast) -> None:
    await ask_for_a_code(cast)
    code = await cast.newcomer.login_code()
    assert code is not None
    sent = await cast.newcomer.send(cast.desk, code)
    await cast.reads("is typed or forwarded in a chat is cancelled by Telegram")
    await cast.newcomer.gone(cast.desk, sent)
    await cast.newcomer.find_button(cast.desk, "📷 QR code instead")
    await cast.press("🔄 Send a new code")
    await cast.newcomer.wait_for(TELEGRAM, lambda message: code not in message.text, "a new code")
    fresh = await cast.newcomer.login_code()
    assert fresh is not None
    assert fresh != code
    await tap_code(cast.newcomer, cast.desk, fresh)
    await cast.reads("✅ <b>{person} is connected.</b>")


@pytest.mark.case(63)
async def test_a_flood_wait_says_when_to_come_back(cast: Cast) -> None:
    await cast.api.fault(
        protocol="mtproto", kind="retry_after", method="auth.sendCode", seconds=3600, times=1
    )
    await cast.press("📱 By phone number")
    await cast.press("📱 Share my number")
    await cast.newcomer.see(cast.desk, "Telegram asks for a pause", "Possible again from")


async def test_an_expired_code_is_said_to_be(cast: Cast) -> None:
    await ask_for_a_code(cast)
    code = await cast.newcomer.login_code()
    assert code is not None
    await cast.api.fault(
        protocol="mtproto",
        kind="error",
        method="auth.signIn",
        error_code=400,
        description="PHONE_CODE_EXPIRED",
        times=1,
    )
    await tap_code(cast.newcomer, cast.desk, code)
    await cast.reads("That code has run out. Ask for a new one below.")


@pytest.mark.case(18)
@pytest.mark.parametrize(
    "spelling", [" ".join, "-".join, "a1b2c".join, lambda code: f"it is {'.'.join(code)}, right?"]
)
async def test_a_code_with_anything_between_its_digits_is_taken_for_one(
    cast: Cast, spelling: Callable[[str], str]
) -> None:
    """Known fault K4."""
    await ask_for_a_code(cast)
    code = await cast.newcomer.login_code()
    assert code is not None
    sent = await cast.newcomer.send(cast.desk, spelling(code))
    await cast.reads("is typed or forwarded in a chat is cancelled by Telegram")
    await cast.newcomer.gone(cast.desk, sent)


async def test_whatever_is_written_at_the_keypad_is_deleted_and_answered(cast: Cast) -> None:
    """Known fault K4."""
    await ask_for_a_code(cast)
    sent = await cast.newcomer.send(cast.desk, "where do I find it?")
    await cast.reads("Please tap the code's digits on the buttons below")
    await cast.newcomer.gone(cast.desk, sent)
    code = await cast.newcomer.login_code()
    assert code is not None
    await tap_code(cast.newcomer, cast.desk, code)
    await cast.reads("✅ <b>{person} is connected.</b>")


@pytest.mark.parametrize(
    "password", ["p  w é e\u0301", "**stars** and __lines__", "/hunter2", "/start of it"]
)
async def test_a_password_counts_as_it_was_typed(
    platform: App, stage: Stage, tmp_path: Path, password: str
) -> None:
    """Known fault K4. A picture is no try; what apps make of ``**`` is undone."""
    cast = await gather_cast(stage, password=password)
    for act in NEWCOMER:
        await act.play(cast)
        if act.play is bring_a_bot:
            break
    await ask_for_a_code(cast)
    code = await cast.newcomer.login_code()
    assert code is not None
    await tap_code(cast.newcomer, cast.desk, code)
    await cast.reads("🔐 <b>Your two-step verification password</b>")
    await cast.api.fault(
        protocol="mtproto", kind="error", method="auth.checkPassword", error_code=400,
        description="PASSWORD_HASH_INVALID", times=1,
    )  # fmt: skip
    place = {"latitude": 1.0, "longitude": 2.0}
    await cast.newcomer.send_location(cast.desk, **place)
    await cast.reads("Please write the password as text.")
    await cast.api.clear_faults()
    sent = await cast.newcomer.send(cast.desk, password)
    await cast.reads("✅ <b>{person} is connected.</b>")
    await cast.newcomer.gone(cast.desk, sent)
