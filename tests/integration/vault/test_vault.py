"""Sealed values are read where they were sealed, by their tenant's key, or not at all."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag

from tenants.domain.errors import MasterKeyMissing, MasterKeyWrong, SecretMissing, Tampered
from tenants.domain.model import BotToken, Desired, Secret, TenantId
from tenants.security.master_keys import EnvKeyProvider, FileKeyProvider, new_master_key
from tenants.security.vault import key_version, open_with, place, seal_with
from tenants.services import open_database
from tests.support.clock import START, FakeClock
from tests.support.services_env import ANNA, BORIS, ServicesEnv, open_ground, token_of

PLACE = {"table": "accounts", "column": "session", "row_id": 7}


async def sealed(ground: ServicesEnv, tenant: TenantId, value: str = "hush") -> bytes:
    async with ground.db.write() as uow:
        return await ground.services.vault.seal(uow, tenant, **PLACE, plaintext=value)  # type: ignore[arg-type]


async def opened(ground: ServicesEnv, tenant: TenantId, value: bytes, **place: object) -> bytes:
    async with ground.db.read() as uow:
        return await ground.services.vault.open(
            uow,
            tenant,
            sealed=value,
            **{**PLACE, **place},  # type: ignore[arg-type]
        )


async def test_opens_what_it_sealed(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    assert await opened(ground, tenant.id, await sealed(ground, tenant.id)) == b"hush"


@pytest.mark.case(1)
async def test_refuses_another_tenants_value(ground: ServicesEnv) -> None:
    anna, boris = await ground.tenant(ANNA), await ground.tenant(BORIS)
    value = await sealed(ground, anna.id)
    with pytest.raises(Tampered):
        await opened(ground, boris.id, value)


@pytest.mark.case(1)
async def test_refuses_token_rows_swapped_in_the_database(ground: ServicesEnv) -> None:
    anna, boris = await ground.tenant(ANNA), await ground.tenant(BORIS)
    async with ground.db.write() as uow:
        of_anna = await uow.secrets.get(anna.id, "bot_token")
        of_boris = await uow.secrets.get(boris.id, "bot_token")
        assert of_anna
        assert of_boris
        await uow.secrets.put(anna.id, "bot_token", of_boris, 1, START)
        await uow.secrets.put(boris.id, "bot_token", of_anna, 1, START)
    for tenant in (anna, boris):
        with pytest.raises(Tampered):
            await ground.services.credentials.token(tenant.id)


@pytest.mark.case(1)
async def test_refuses_another_tenants_key(ground: ServicesEnv) -> None:
    """Nothing is sealed under a key that was put in its tenant's place, either."""
    anna, boris = await ground.tenant(ANNA), await ground.tenant(BORIS)
    async with ground.db.write() as uow:
        of_boris = await uow.keys.newest(boris.id)
        assert of_boris
        await uow.keys.rewrap([replace(of_boris, owner=anna.id)])
    with pytest.raises(Tampered):
        await sealed(ground, anna.id)
    assert await sealed(ground, boris.id)


@pytest.mark.case(2)
@pytest.mark.parametrize(
    "elsewhere", [{"table": "logins"}, {"column": "phone"}, {"row_id": 8}], ids=str
)
async def test_refuses_a_value_moved(
    sqlite_ground: ServicesEnv, elsewhere: dict[str, object]
) -> None:
    tenant = await sqlite_ground.tenant()
    value = await sealed(sqlite_ground, tenant.id)
    with pytest.raises(Tampered):
        await opened(sqlite_ground, tenant.id, value, **elsewhere)


@pytest.mark.case(3)
async def test_refuses_any_flipped_byte(sqlite_ground: ServicesEnv) -> None:
    tenant = await sqlite_ground.tenant()
    value = await sealed(sqlite_ground, tenant.id)
    for at in range(len(value)):
        changed = bytearray(value)
        changed[at] ^= 1
        with pytest.raises((Tampered, SecretMissing)):
            await opened(sqlite_ground, tenant.id, bytes(changed))
    for length in range(len(value)):
        with pytest.raises((Tampered, SecretMissing)):
            await opened(sqlite_ground, tenant.id, value[:length])


def test_lengths_keep_parts_apart() -> None:
    assert place(1, "ab", "c", 1, 1) != place(1, "a", "bc", 1, 1)


@pytest.mark.case(8)
def test_no_nonce_twice() -> None:
    key, count = bytes(32), 1_000_000
    aad = place(1, "t", "c", 1, 1)
    nonces = {seal_with(key, 1, b"", aad)[6:18] for _ in range(count)}
    assert len(nonces) == count


def test_a_format_of_the_future_is_refused() -> None:
    value = seal_with(bytes(32), 3, b"x", b"")
    assert key_version(value) == 3
    assert open_with(bytes(32), value, b"") == b"x"
    with pytest.raises(InvalidTag):
        key_version(b"\x02" + value[1:])


def raw_files(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("controlbot.db*")))


@pytest.mark.case(7)
async def test_an_erased_key_is_gone_from_the_files(
    sqlite_ground: ServicesEnv, tmp_path: Path
) -> None:
    ground, services = sqlite_ground, sqlite_ground.services
    tenant, other = await ground.tenant(ANNA), await ground.tenant(BORIS)
    async with ground.db.read() as uow:
        key = await uow.keys.newest(tenant.id)
        kept = await uow.keys.newest(other.id)
        token = await uow.secrets.get(tenant.id, "bot_token")
    assert key
    assert kept
    assert token
    assert key.wrapped in raw_files(tmp_path)
    actor = await ground.actor(ANNA)
    wished = await services.lifecycle.erase(actor, tenant.id, tenant.generation)
    assert wished.desired is Desired.ERASING
    await services.lifecycle.finish_erasure(tenant.id)
    files = raw_files(tmp_path)
    assert key.wrapped not in files
    assert token not in files
    assert kept.wrapped in files
    with pytest.raises(SecretMissing):
        await services.credentials.token(tenant.id)


@pytest.mark.case(6)
async def test_a_token_is_nowhere_in_clear(sqlite_ground: ServicesEnv, tmp_path: Path) -> None:
    token = sqlite_ground.telegram.add(token_of(712345678, "Q"))
    actor = await sqlite_ground.actor(ANNA)
    tenant = await sqlite_ground.services.onboarding.connect_bot(actor, token)
    secret = token.reveal().partition(":")[2].encode()
    assert secret not in raw_files(tmp_path)
    assert await sqlite_ground.services.credentials.token(tenant.id) == token
    assert secret.decode() not in repr(tenant) + repr(token) + repr(sqlite_ground.events.events)


@pytest.mark.case(5)
@pytest.mark.parametrize("how", ["missing", "wrong"])
async def test_no_start_without_the_key(tmp_path: Path, how: str) -> None:
    url = f"sqlite:///{tmp_path}/controlbot.db"
    ground = await open_ground(url, tmp_path)
    await ground.tenant()
    await ground.db.forget_deleted()
    await ground.db.close()
    before = raw_files(tmp_path)
    if how == "missing":
        keys = FileKeyProvider(tmp_path / "elsewhere.key")
        with pytest.raises(MasterKeyMissing) as missing:
            await open_database(url, keys, FakeClock())
        assert missing.value.params["where"] == str(tmp_path / "elsewhere.key")
        assert not (tmp_path / "elsewhere.key").exists()
    else:
        wrong = EnvKeyProvider(new_master_key().line())
        with pytest.raises(MasterKeyWrong) as error:
            await open_database(url, wrong, FakeClock())
        assert error.value.params["found"] != error.value.params["expected"]
    assert raw_files(tmp_path) == before


async def test_a_blind_index_finds_the_same_value_only(sqlite_ground: ServicesEnv) -> None:
    index = sqlite_ground.services.vault.blind_index
    assert index("phone", "+15550100") == index("phone", "+15550100")
    assert index("phone", "+15550100") != index("phone", "+15550101")
    assert index("phone", "+15550100") != index("other", "+15550100")


async def test_other_secrets_of_a_tenant(ground: ServicesEnv) -> None:
    tenant = await ground.tenant()
    credentials = ground.services.credentials
    async with ground.db.write() as uow:
        await credentials.put(uow, tenant.id, "webhook_secret", Secret("one"))
        await credentials.put(uow, tenant.id, "webhook_secret", Secret("two"))
    async with ground.db.read() as uow:
        assert await credentials.get(uow, tenant.id, "webhook_secret") == Secret("two")
        assert await credentials.get(uow, tenant.id, "other") is None
    assert isinstance(await credentials.token(tenant.id), BotToken)


def test_sqlite_is_new_enough_for_what_we_use() -> None:
    assert sqlite3.sqlite_version_info >= (3, 35)  # RETURNING
