"""Every method of aiogram is simulated, documented, and its answer parses."""

from __future__ import annotations

import re
from pathlib import Path

import aiogram.methods
import pytest
from aiogram.exceptions import TelegramAPIError

from sandbox.botapi.request import METHODS
from tests.integration.sandbox_botapi.bot_stage import BotStage
from tests.integration.sandbox_botapi.method_calls import CALLS
from tests.integration.sandbox_botapi.method_stage import prepare
from tests.integration.sandbox_botapi.unprepared import UNPREPARED, call

DOCS = Path(__file__).parents[3] / "docs" / "sandbox.md"
NOT_METHODS = ("TelegramMethod", "TelegramType", "Request", "Response")


def of_aiogram() -> set[str]:
    return {
        getattr(aiogram.methods, name).__api_method__
        for name in aiogram.methods.__all__
        if name not in NOT_METHODS
    }


def documented() -> dict[str, str]:
    """What docs/sandbox.md says of each method: its error without preparation, or nothing."""
    text = DOCS.read_text(encoding="utf-8").partition("### Methods of the Bot API")[2]
    rows = re.findall(r"^\| `(\w+)` \| ([^|]*) \| ([^|]*) \|", text, re.MULTILINE)
    return {name: error.strip(" `") for name, _, error in rows}


def test_the_list_is_that_of_aiogram() -> None:
    """S: docs/sandbox.md lists each method of the installed aiogram and no other."""
    assert set(documented()) == of_aiogram()


def test_the_sandbox_knows_each_method() -> None:
    assert {name.lower() for name in of_aiogram()} == set(METHODS)


def test_a_call_of_each_method_is_tried() -> None:
    assert set(CALLS) == of_aiogram()


def test_the_errors_of_an_unprepared_bot_are_documented() -> None:
    assert {name: error for name, error in documented().items() if error} == UNPREPARED


@pytest.mark.parametrize("name", sorted(CALLS))
async def test_its_answer_parses(stage: BotStage, name: str) -> None:
    assert await CALLS[name](prepare(stage)) is not None


async def test_it_refuses_an_unprepared_bot(stage: BotStage) -> None:
    """As Telegram answers a bot that has no such right, connection, query or Stars."""
    answers = {name: await refusal_of(stage, name) for name in UNPREPARED}
    assert answers == UNPREPARED


async def refusal_of(stage: BotStage, name: str) -> str:
    """The words of the refusal; nothing when there is none."""
    try:
        await call(stage, name)
    except TelegramAPIError as refused:
        return refused.message
    return ""
