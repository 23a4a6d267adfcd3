"""In a window that waits for a secret everything typed is that secret (fault K4)."""

from __future__ import annotations

import pytest
from aiogram.methods import DeleteMessage
from aiogram.types import Chat, Message, Update, User
from aiogram_dialog import StartMode

from controlbot.dialogs.states import Account, Home, NewBot
from tests.integration.controlbot.conftest import ADA, TOKEN, House


async def stand_at(house: House, state: object) -> None:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    async with house.platform.windows.foreground(ADA) as manager:
        assert manager is not None
        data = {"tenant_id": tenant.id}
        await manager.start(Account.choose, data=data, mode=StartMode.RESET_STACK)
        if state in Account.__all_states__:
            await manager.switch_to(state)  # type: ignore[arg-type]
        else:
            await manager.start(state, mode=StartMode.RESET_STACK)  # type: ignore[arg-type]
    house.bot.calls.clear()


def deleted(house: House) -> int:
    return sum(isinstance(call, DeleteMessage) for call in house.bot.calls)


@pytest.mark.parametrize("state", [Account.password, Account.code, Account.api, NewBot.token])
@pytest.mark.parametrize("text", ["/secret1", "/admin/root", "/Passw0rd with words", "／full"])
async def test_what_begins_like_a_command_is_deleted(
    house: House, state: object, text: str
) -> None:
    """A password that began with "/" was taken for a command and stayed in the chat."""
    await stand_at(house, state)
    await house.person(ADA).send(text)
    assert deleted(house) >= 1
    assert not any("I don't know this command" in said for said in house.bot.said())


@pytest.mark.parametrize("state", [Account.password, NewBot.token])
async def test_a_known_command_alone_leads_out_and_is_deleted(house: House, state: object) -> None:
    await stand_at(house, state)
    await house.person(ADA).send("/Status")
    assert deleted(house) == 1
    assert await house.platform.storage.open_state(house.platform.bot.id, ADA) == Home.card.state


async def test_a_token_behind_a_command_is_taken_and_deleted(house: House) -> None:
    await house.agree(ADA)
    await house.person(ADA).send(f"/start {TOKEN.reveal()}")
    assert deleted(house) == 1
    actor = await house.services.access.actor_for(ADA)
    assert [bot.bot_id for bot in await house.services.directory.mine(actor)] == [TOKEN.bot_id]


async def test_an_edit_where_a_secret_is_asked_for_is_deleted(house: House) -> None:
    await stand_at(house, Account.password)
    message = Message(
        message_id=5,
        date=house.services.clock.now(),
        chat=Chat(id=ADA, type="private"),
        from_user=User(id=ADA, is_bot=False, first_name="Ada", language_code="en"),
        text="my other password",
    )
    update = Update(update_id=1, edited_message=message)
    await house.dispatcher.feed_update(house.platform.bot, update)
    assert deleted(house) == 1
