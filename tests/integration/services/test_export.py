"""A copy of one's data: complete, without secrets, for its owner only."""

from __future__ import annotations

import asyncio
import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, BinaryIO, cast

import pytest
from aiogram import Router

from tenants.bot.data_export import kept_by
from tenants.bot.features.api import Feature
from tenants.domain.errors import AccessDenied, AlreadyUnderWay
from tenants.domain.model import ChatId, Secret, TenantId, UserId
from tenants.store import Database, UnitOfWork
from tenants.store.accounts import AccountRow
from tenants.store.data_export import NOT_EXPORTED, OF_PERSON, OF_TENANT
from tenants.store.inbox_sqlite import Incoming
from tenants.store.tables import metadata
from tests.support.services_env import ADMIN, ANNA, BORIS, ServicesEnv

CANARY = "C4NARY"


async def fill(ground: ServicesEnv) -> TenantId:
    """Anna's bot with something of everything, its secrets marked."""
    services, now = ground.services, ground.clock.now()
    await services.people.see(ANNA, "Anna", "de")
    await services.people.give_consent(await ground.actor(ANNA))
    tenant = await ground.tenant(ANNA, salt="Z")
    async with ground.db.write() as uow:
        await services.credentials.put(uow, tenant.id, "telegram_api", Secret(CANARY))
        await uow.audience.see(tenant.id, BORIS, now, name="Boris", messages=2)
        await uow.usage.add({(tenant.id, now, "sends"): 5})
        await uow.features.put(tenant.id, "inbox", True, {"confirm": False}, now)
        payload = b'{"update_id": 7, "message": {"text": "Hello"}}'
        await uow.inbox.add([Incoming(tenant.id, 7, 1, payload, 1)])
        await uow.accounts.put(
            AccountRow(
                tenant_id=tenant.id,
                account_user_id=UserId(42),
                display_name="Anna A.",
                phone_sealed=CANARY.encode(),
                session_sealed=CANARY.encode(),
                state="connected",
                connected_at=now,
                updated_at=now,
            )
        )
    await services.nonces.issue(ANNA, ChatId(ANNA), "erase:1")
    return tenant.id


async def export(ground: ServicesEnv, user_id: UserId) -> tuple[dict[str, Any], str]:
    file = io.BytesIO()
    await ground.services.exports.write(await ground.actor(user_id), file)
    return json.loads(file.getvalue()), file.getvalue().decode()


@pytest.mark.case(67)
async def test_it_is_complete(ground: ServicesEnv) -> None:
    await fill(ground)
    found, _text = await export(ground, ANNA)
    (bot,) = found["bots"]
    assert found["you"]["person"][0]["name"] == "Anna"
    assert bot["bot"][0]["owner_id"] == ANNA
    assert bot["audience"][0]["name"] == "Boris"
    assert bot["features"][0]["options"] == {"confirm": False}
    assert bot["updates"][0]["payload"]["message"]["text"] == "Hello"
    assert bot["usage by hour"][0]["amount"] == 5
    assert bot["account"][0]["display_name"] == "Anna A."
    assert "tenant:bot:connect" in {row["action"] for row in bot["record"]}
    assert "person:data:export" in {row["action"] for row in found["you"]["record"]}


@pytest.mark.case(67)
async def test_it_holds_no_secret(ground: ServicesEnv) -> None:
    tenant_id = await fill(ground)
    token = (await ground.services.credentials.token(tenant_id)).reveal()
    async with ground.db.read() as uow:
        sealed = await uow.secrets.get(tenant_id, "bot_token")
    _found, text = await export(ground, ANNA)
    assert CANARY not in text
    assert token not in text
    assert str(sealed) not in text
    assert "nonce" not in text


@pytest.mark.case(67)
async def test_it_is_for_its_owner_only(ground: ServicesEnv) -> None:
    tenant_id = await fill(ground)
    others, text = await export(ground, BORIS)
    assert others["bots"] == []
    assert "Anna" not in text
    staff = await ground.actor(ADMIN)
    await ground.services.impersonations.begin(staff, tenant_id, "a look")
    viewer = await ground.services.impersonations.actor_while(staff)
    with pytest.raises(AccessDenied):
        await ground.services.exports.write(viewer, io.BytesIO())
    with pytest.raises(AccessDenied):
        await ground.services.exports.write(replace(staff, subject_id=ANNA), io.BytesIO())
    assert (await ground.actions()).count("access:denied") == 2


async def test_others_contribute_what_they_keep(sqlite_ground: ServicesEnv) -> None:
    async def cakes(_db: Database, tenant_id: TenantId) -> AsyncIterator[list[str]]:
        yield [f"a cake of {tenant_id}"]
        yield [f"another of {tenant_id}"]

    tenant = await sqlite_ground.tenant(ANNA)
    sqlite_ground.services.exports.include("cakes", cakes)
    found, _text = await export(sqlite_ground, ANNA)
    assert found["bots"][0]["cakes"] == [f"a cake of {tenant.id}", f"another of {tenant.id}"]


async def test_features_of_others_tell_what_they_keep(sqlite_ground: ServicesEnv) -> None:
    async def cakes(_uow: UnitOfWork, _tenant_id: TenantId, user_id: UserId) -> dict[str, Any]:
        return {"cakes": 3} if user_id == BORIS else {}

    feature = Feature(
        key="cakes",
        title="Cakes",
        about="",
        build_router=Router,
        interests=(),
        export_user=cakes,
        domain="bakery",
    )
    await fill(sqlite_ground)
    sqlite_ground.services.exports.include("kept by features", kept_by([feature]))
    found, _text = await export(sqlite_ground, ANNA)
    assert found["bots"][0]["kept by features"] == [
        {"feature": "cakes", "user_id": BORIS, "kept": {"cakes": 3}}
    ]


def test_no_table_about_people_is_forgotten() -> None:
    told = {table.name for table in (*OF_TENANT.values(), *OF_PERSON.values())}
    about = {
        table.name
        for table in metadata.sorted_tables
        if {"tenant_id", "user_id"} & set(table.c.keys())
    }
    assert about <= told | NOT_EXPORTED.keys()
    assert not told & NOT_EXPORTED.keys()


async def test_a_look_is_in_it(sqlite_ground: ServicesEnv) -> None:
    tenant_id = await fill(sqlite_ground)
    boss = await sqlite_ground.actor(UserId(1001))
    await sqlite_ground.services.impersonations.begin(boss, tenant_id, "she asked for help")
    sqlite_ground.clock.pass_by(timedelta(hours=1).total_seconds())
    found, _text = await export(sqlite_ground, ANNA)
    assert found["bots"][0]["looks by the team"][0]["reason"] == "she asked for help"


async def test_handled_updates_are_left_out_and_memory_stays_small(
    sqlite_ground: ServicesEnv,
) -> None:
    """R3: a busy bot's copy is written page by page, whatever the inbox holds."""
    tenant_id = await fill(sqlite_ground)
    payload = json.dumps({"update_id": 1, "message": {"text": "x" * 2_000}}).encode()
    pending = 20_000
    for begin in range(0, pending, 1_000):
        rows = [Incoming(tenant_id, 100 + n, 1, payload, 1) for n in range(begin, begin + 1_000)]
        handled = [
            Incoming(tenant_id, 10**6 + n, 1, None, 1, done_at=2)
            for n in range(begin, begin + 1_000)
        ]
        async with sqlite_ground.db.write() as uow:
            await uow.inbox.add(rows + handled)
    told: list[int] = []

    class Counting(io.RawIOBase):
        size = 0

        def write(self, data: Any) -> int:
            self.size += len(data)
            return len(data)

    file = Counting()
    tracemalloc.start()
    try:
        rows_written = await sqlite_ground.services.exports.write(
            await sqlite_ground.actor(ANNA), cast(BinaryIO, file), told.append
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert file.size > 40_000_000
    assert peak < 8_000_000
    assert pending < rows_written < pending + 100
    assert told == sorted(told)
    assert told[-1] == rows_written


async def test_one_at_a_time_and_cancelled(sqlite_ground: ServicesEnv) -> None:
    await fill(sqlite_ground)
    exports, anna = sqlite_ground.services.exports, await sqlite_ground.actor(ANNA)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_db: Database, _tenant_id: TenantId) -> AsyncIterator[list[str]]:
        begun.set()
        await go_on.wait()
        yield []

    exports.include("slow", slow)
    async with asyncio.TaskGroup() as group:
        making = group.create_task(exports.write(anna, io.BytesIO()))
        await begun.wait()
        assert exports.is_under_way(ANNA)
        with pytest.raises(AlreadyUnderWay):
            await exports.write(anna, io.BytesIO())
        boris = await sqlite_ground.actor(BORIS)
        await exports.write(boris, io.BytesIO())
        assert exports.cancel(ANNA)
        assert not exports.cancel(BORIS)
    assert making.cancelled()
    assert not exports.is_under_way(ANNA)
    go_on.set()
    await exports.write(anna, io.BytesIO())
