"""What people bring and take: an API id of their own, a copy of their data, and links."""

from __future__ import annotations

import asyncio
import errno
import io
import json
import os
import zipfile
from collections.abc import AsyncIterator

import pytest
from aiogram.methods import DeleteMessage, EditMessageText, SendDocument, SendMessage
from aiogram.types import BufferedInputFile, Chat, Message, Update, User
from sqlalchemy.exc import OperationalError

from controlbot.dialogs.settings import data_file
from controlbot.dialogs.settings.data_file import OpenFile, make_and_send
from tenants.domain.model import Desired, TenantId
from tenants.store import Database
from tests.integration.controlbot.conftest import ADA, OWNER, TOKEN, House
from tests.integration.controlbot.test_desk import desired, open_card

HASH = "0123456789abcdef0123456789abcdef"


def text_of(house: House) -> str:
    return house.last().text or ""


async def open_own_api(house: House) -> None:
    await house.agree(ADA)
    ada = house.person(ADA)
    await ada.send("/connect")
    await house.press(ada, "🧩 My own API id")


async def test_an_api_id_is_taken_deleted_and_sealed(house: House) -> None:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    ada = await house.services.access.actor_for(ADA)
    await open_own_api(house)
    house.bot.calls.clear()
    await house.person(ADA).send(f"App api_id: 12345\nApp api_hash: {HASH}")
    assert "goes by your own application" in text_of(house)
    assert any(type(call).__name__ == "DeleteMessage" for call in house.bot.calls)
    assert await house.platform.logins.brought_credentials(ada, tenant.id)
    async with house.services.db.read() as uow:
        assert HASH.encode() not in (await uow.secrets.get(tenant.id, "telegram_api") or b"")
    await house.press(house.person(ADA), "🧩 My own API id")
    await house.press(house.person(ADA), "🗑 Use the platform's again")
    assert not await house.platform.logins.brought_credentials(ada, tenant.id)


async def test_half_of_it_is_deleted_too_and_asked_for_again(house: House) -> None:
    await house.agree(ADA)
    tenant = await house.tenant_of(ADA)
    ada = await house.services.access.actor_for(ADA)
    await open_own_api(house)
    house.bot.calls.clear()
    await house.person(ADA).send(HASH)
    assert "I need both in one message" in text_of(house)
    assert any(type(call).__name__ == "DeleteMessage" for call in house.bot.calls)
    assert not await house.platform.logins.brought_credentials(ada, tenant.id)


@pytest.mark.case(67)
async def test_a_copy_of_ones_data_comes_as_a_document(house: House) -> None:
    await house.agree(ADA)
    await house.tenant_of(ADA)
    ada = house.person(ADA)
    await ada.send("/privacy")
    await house.press(ada, "📦 Get a copy of my data")
    await house.press(ada, "📦 Send it to me")
    assert "⏳ The file is being made." in text_of(house)
    await house.platform.nursery.drain(10)
    (sent,) = [call for call in house.bot.calls if isinstance(call, SendDocument)]
    assert sent.chat_id == ADA
    assert isinstance(sent.document, BufferedInputFile)
    assert sent.document.filename is not None
    assert sent.document.filename.endswith(".json")
    found = json.loads(sent.document.data)
    assert found["bots"][0]["bot"][0]["bot_username"] == "ada_bot"


@pytest.mark.parametrize(
    "failure",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        OperationalError("SELECT", {}, Exception("database is locked")),
    ],
)
async def test_a_copy_that_can_not_be_made_is_told(
    house: House, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    """R3, R7: on a full disk or a locked database the person waited for the file for ever."""

    async def fails(*_: object) -> int:
        raise failure

    await house.agree(ADA)
    actor = await house.services.access.actor_for(ADA)
    monkeypatch.setattr(type(house.services.exports), "write", fails)
    await make_and_send(house.platform, actor, house.platform.catalogs.translator("en"))
    assert any("could not be sent" in text for text in house.bot.said())


async def test_large_copy_is_packed_and_read_while_it_is_sent(house: House) -> None:
    """R3: neither making it nor sending it holds all of it in memory."""
    await house.agree(ADA)
    await house.tenant_of(ADA)

    async def much(_db: Database, _tenant_id: TenantId) -> AsyncIterator[list[str]]:
        for _ in range(250):
            yield [os.urandom(50_000).hex()]

    house.services.exports.include("much", much)
    sizes: list[int] = []

    async def sent_document(call: SendDocument) -> None:
        assert isinstance(call.document, OpenFile)
        content = b"".join([chunk async for chunk in call.document.read(house.platform.bot)])
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            (name,) = archive.namelist()
            sizes.append(len(json.loads(archive.read(name))["bots"][0]["much"]))

    actor = await house.services.access.actor_for(ADA)
    tr = house.platform.catalogs.translator("en")
    house.bot.before[SendDocument] = sent_document
    await make_and_send(house.platform, actor, tr)
    assert sizes == [250]


async def test_progress_of_a_copy_is_one_message_which_is_removed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Edits may return True instead of a message: the id is kept from the send."""
    monkeypatch.setattr(data_file, "_SHOW_AFTER", 0.0)
    await house.agree(ADA)
    await house.tenant_of(ADA)

    def edits() -> list[EditMessageText]:
        return [call for call in house.bot.calls if isinstance(call, EditMessageText)]

    async def slow(_db: Database, _tenant_id: TenantId) -> AsyncIterator[list[str]]:
        yield ["one"]
        while len(edits()) < 3:
            await asyncio.sleep(0)

    house.services.exports.include("slow", slow)
    actor = await house.services.access.actor_for(ADA)
    await make_and_send(house.platform, actor, house.platform.catalogs.translator("en"))
    (sent,) = [call for call in house.bot.calls if isinstance(call, SendMessage)]
    assert "entries so far" in sent.text
    (removed,) = [call for call in house.bot.calls if isinstance(call, DeleteMessage)]
    assert {edit.message_id for edit in edits()} == {removed.message_id}


@pytest.mark.case(24)
@pytest.mark.parametrize("argument", ["suspend_1", "admin", "1", "t1", "x" * 64, "../../admin"])
async def test_a_deep_link_carries_no_power(house: House, argument: str) -> None:
    """No link of ours does anything by itself, so a forged one has nothing to imitate."""
    tenant_id = await open_card(house)
    boss = await house.services.access.actor_for(OWNER)
    before = (await house.services.audit_log.page(boss)).total
    for person in (OWNER, ADA):
        await house.person(person).send(f"/start {argument}")
        assert "Home" in text_of(house) or "@ada_bot" in text_of(house)
    assert await desired(house, tenant_id) is Desired.ACTIVE
    assert (await house.services.audit_log.page(boss)).total == before


@pytest.mark.case(24)
async def test_a_nonce_replayed_through_a_link_is_only_text(house: House) -> None:
    tenant_id = await open_card(house)
    nonce = await house.services.nonces.issue(OWNER, OWNER, f"suspend:{tenant_id}")  # type: ignore[arg-type]
    for _ in range(2):
        await house.person(OWNER).send(f"/start {nonce}")
    assert await desired(house, tenant_id) is Desired.ACTIVE
    await house.services.nonces.spend(nonce, OWNER, OWNER, f"suspend:{tenant_id}")  # type: ignore[arg-type]


@pytest.mark.case(15)
@pytest.mark.parametrize("edited", [False, True])
async def test_a_token_in_a_group_is_deleted_and_not_taken(house: House, edited: bool) -> None:
    await house.agree(ADA)
    message = Message(
        message_id=5,
        date=house.services.clock.now(),
        chat=Chat(id=-100, type="supergroup", title="Friends"),
        from_user=User(id=ADA, is_bot=False, first_name="Ada", language_code="en"),
        text=f"here: {TOKEN.reveal()}",
    )
    update = (
        Update(update_id=1, edited_message=message)
        if edited
        else Update(update_id=1, message=message)
    )
    await house.dispatcher.feed_update(house.platform.bot, update)
    assert [type(call).__name__ for call in house.bot.calls] == ["DeleteMessage", "SendMessage"]
    assert "A token does not belong here" in house.bot.said()[0]
    assert await house.services.directory.mine(await house.services.access.actor_for(ADA)) == []
