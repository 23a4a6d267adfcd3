"""The record: written with the deed or neither is done; what is changed in it is found."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import click
import pytest
from sqlalchemy import text

from controlbot.cli import maintenance
from controlbot.settings import Settings
from tenants.domain.errors import AuditBroken, AuditUnavailable, Tampered
from tenants.domain.model import Desired, Secret
from tenants.security.audit_chain import Audit, Head
from tenants.security.vault import Vault
from tests.support.clock import FakeClock
from tests.support.services_env import ADMIN, ANNA, ServicesEnv


async def fill(ground: ServicesEnv, count: int = 5) -> Head:
    for number in range(count):
        async with ground.db.write() as uow:
            await ground.services.audit.record(
                uow, await ground.actor(ADMIN), "test:row:write", details={"number": number}
            )
    async with ground.db.read() as uow:
        return await ground.services.audit.head(uow)


async def sql(ground: ServicesEnv, statement: str, **values: object) -> None:
    async with ground.db.write() as uow:
        await uow.connection.execute(text(statement), values)


async def broken(ground: ServicesEnv, anchor: Head | None = None) -> tuple[object, object]:
    async with ground.db.read() as uow:
        with pytest.raises(AuditBroken) as error:
            await ground.services.audit.verify(uow, anchor=anchor)
    return error.value.params["sequence"], error.value.params["why"]


async def test_a_whole_chain_verifies(ground: ServicesEnv) -> None:
    head = await fill(ground)
    seen: list[tuple[int, int]] = []
    async with ground.db.read() as uow:
        verified = await ground.services.audit.verify(
            uow, anchor=Head.parse(str(head)), progress=lambda at, of: seen.append((at, of))
        )
    assert verified == head
    assert seen[-1] == (head.sequence, head.sequence)


async def test_writers_at_once_make_one_chain(ground: ServicesEnv) -> None:
    await asyncio.gather(*(fill(ground, 3) for _ in range(4)))
    async with ground.db.read() as uow:
        head = await ground.services.audit.verify(uow)
        assert head.sequence == await uow.audit.count()


@pytest.mark.case(32)
@pytest.mark.parametrize(
    "change",
    [
        "details = '{}'",
        "actor_id = 5",
        "tenant_id = 9",
        "action = 'test:row:read'",
        "mac = (SELECT mac FROM audit WHERE sequence = 4)",
    ],
)
async def test_an_edited_row_is_named(ground: ServicesEnv, change: str) -> None:
    await fill(ground)
    await sql(ground, f"UPDATE audit SET {change} WHERE sequence = 5")
    assert await broken(ground) == (5, "edited")


@pytest.mark.case(32)
async def test_a_deleted_row_is_named(ground: ServicesEnv) -> None:
    await fill(ground)
    await sql(ground, "DELETE FROM audit WHERE sequence = 4")
    assert await broken(ground) == (4, "missing")


@pytest.mark.case(32)
async def test_a_cut_off_end_is_named(ground: ServicesEnv) -> None:
    head = await fill(ground)
    await sql(ground, "DELETE FROM audit WHERE sequence > :n", n=head.sequence - 2)
    assert await broken(ground) == (head.sequence - 1, "truncated")


@pytest.mark.case(32)
async def test_a_head_taken_away_or_forged_is_found(ground: ServicesEnv) -> None:
    head = await fill(ground)
    async with ground.db.read() as uow:
        stored = await uow.audit.head()
    assert stored is not None
    forged = stored.replace(f"{head.sequence}:", f"{head.sequence - 1}:", 1)
    await sql(ground, "UPDATE meta SET value = :v WHERE key = 'audit.head'", v=forged)
    assert (await broken(ground))[1] == "head"
    await sql(ground, "DELETE FROM meta WHERE key = 'audit.head'")
    assert (await broken(ground))[1] == "head"


@pytest.mark.case(32)
async def test_an_anchor_tells_of_a_record_rolled_back_with_its_head(ground: ServicesEnv) -> None:
    await fill(ground, 2)
    async with ground.db.read() as uow:
        old = await uow.audit.head()
    anchor = await fill(ground, 3)
    await sql(ground, "DELETE FROM audit WHERE sequence > :n", n=anchor.sequence - 3)
    await sql(ground, "UPDATE meta SET value = :v WHERE key = 'audit.head'", v=old)
    async with ground.db.read() as uow:
        await ground.services.audit.verify(uow)
    assert await broken(ground, anchor) == (anchor.sequence - 2, "truncated")


@pytest.mark.case(31)
async def test_no_deed_without_its_row(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    await sql(ground, "ALTER TABLE audit RENAME TO audit_gone")
    admin, anna = await ground.actor(ADMIN), await ground.actor(ANNA)
    lifecycle = ground.services.lifecycle
    deeds: list[Callable[[], Awaitable[object]]] = [
        lambda: lifecycle.suspend(admin, tenant.id, tenant.generation, "spam"),
        lambda: lifecycle.pause(anna, tenant.id, tenant.generation),
        lambda: ground.services.features.set(anna, tenant.id, "inbox", enabled=False),
        lambda: ground.services.impersonations.begin(admin, tenant.id, "help"),
    ]
    ground.events.events.clear()
    for deed in deeds:
        with pytest.raises(AuditUnavailable):
            await deed()
    after = await ground.services.directory.get(anna, tenant.id)
    assert (after.desired, after.generation) == (Desired.ACTIVE, tenant.generation)
    assert await ground.services.features.choices(tenant.id) == {}
    assert await ground.services.impersonations.current(ADMIN) is None
    assert ground.events.events == []


async def test_details_hold_no_secret(sqlite_ground: ServicesEnv) -> None:
    ground = sqlite_ground
    async with ground.db.write() as uow:
        audit = ground.services.audit
        with pytest.raises(TypeError):
            await audit.record(uow, None, "test:secret", details={"token": Secret("x")})
        await audit.record(
            uow, None, "test:secret", details={"reason": "my token is 123456789:" + "A" * 35}
        )
        (row,), _ = await uow.audit.page(
            tenant_id=None, actor_id=None, prefix="", offset=0, limit=1
        )
    assert "AAAA" not in row["details"]


@pytest.mark.case(32)
async def test_a_record_begun_anew_under_a_key_of_its_own_is_refused(ground: ServicesEnv) -> None:
    """Row, head and the record's key taken away together: no fresh key comes in its place."""
    await fill(ground)
    await sql(ground, "DELETE FROM audit")
    await sql(ground, "DELETE FROM meta WHERE key = 'audit.head'")
    await sql(ground, "DELETE FROM platform_keys WHERE name = 'audit'")
    with pytest.raises(Tampered):
        async with ground.db.write() as uow:
            await Vault(ground.keys, ground.clock).unlock(uow)


@pytest.mark.case(32)
def test_an_operator_holds_the_record_against_an_anchor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path)
    for _ in range(2):
        asyncio.run(_something_done(settings))
        maintenance.print_head(settings)
    first, second = capsys.readouterr().out.split()
    maintenance.verify_audit(settings, first)
    maintenance.verify_audit(settings, second)
    with pytest.raises(AuditBroken) as broken:
        maintenance.verify_audit(settings, first[:-1] + ("0" if first[-1] != "0" else "1"))
    assert broken.value.params == {"sequence": 1, "why": "anchor"}
    with pytest.raises(AuditBroken) as broken:
        maintenance.verify_audit(settings, f"7{second[1:]}")
    assert broken.value.params == {"sequence": 3, "why": "truncated"}
    with pytest.raises(click.BadParameter):
        maintenance.verify_audit(settings, "not a head")


async def _something_done(settings: Settings) -> None:
    async with maintenance.operator_context(settings) as kept, kept.db.write() as uow:
        await Audit(kept.vault, FakeClock()).record(uow, None, "test:row:made")
