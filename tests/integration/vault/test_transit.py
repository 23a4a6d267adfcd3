"""The master key sealed by HashiCorp Vault: on disk it is worth nothing by itself."""

from __future__ import annotations

import builtins
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tenants.domain.errors import MasterKeyMissing, MasterKeyWrong
from tenants.security.key_rotation import KeyRotation
from tenants.security.vault import Vault
from tenants.security.vault_transit import TransitKeyProvider
from tenants.services import open_database
from tests.support import fake_vault
from tests.support.clock import FakeClock

TOKEN = "hvs.tests-only"


@pytest.fixture(scope="module")
def vault() -> Iterator[str]:
    """A Vault of ours in another process; its address."""
    command = [sys.executable, str(fake_vault.__file__), TOKEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.terminate()


@pytest.fixture(autouse=True)
def settings(vault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", vault)
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)


async def refusal(keys: TransitKeyProvider) -> dict[str, Any]:
    with pytest.raises(MasterKeyMissing) as refused:
        await keys.current()
    assert refused.value.__cause__ is None
    return refused.value.params


async def test_the_file_holds_the_key_for_vault_only(tmp_path: Path) -> None:
    keys = TransitKeyProvider(tmp_path / "master.key.vault", "house")
    assert (await refusal(keys))["why"] == "no_file"
    await keys.create()
    key_id, key = await keys.current()
    text = keys.path.read_text()
    assert "vault:v1:" in text
    assert key not in text.encode()
    assert keys.path.stat().st_mode & 0o777 == 0o600
    await keys.create()
    assert await TransitKeyProvider(keys.path, "transit/house").by_id(key_id) == key


async def test_a_whole_life_with_a_rotation(tmp_path: Path) -> None:
    keys = TransitKeyProvider(tmp_path / "master.key.vault", "house")
    clock = FakeClock()
    db = await open_database(f"sqlite:///{tmp_path}/controlbot.db", keys, clock)
    kept = Vault(keys, clock)
    async with db.write() as uow:
        await kept.unlock(uow)
    secret = kept.audit_key()
    (old,) = await keys.ids()
    assert await KeyRotation(db, keys, kept).run() == 2
    assert old not in await keys.ids()
    again = Vault(TransitKeyProvider(keys.path, "house"), clock)
    async with db.write() as uow:
        await again.unlock(uow)
    assert again.audit_key() == secret
    await db.close()


async def test_once_open_it_needs_vault_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = TransitKeyProvider(tmp_path / "master.key.vault", "house")
    await keys.create()
    key_id, key = await keys.current()
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")
    assert await keys.by_id(key_id) == key
    refused = await refusal(TransitKeyProvider(keys.path, "house"))
    assert (refused["why"], refused["kind"]) == ("vault", "ConnectionError")


@pytest.mark.case(5)
async def test_a_key_of_another_vault_leaves_the_database_alone(tmp_path: Path) -> None:
    url, clock = f"sqlite:///{tmp_path}/controlbot.db", FakeClock()
    keys = TransitKeyProvider(tmp_path / "one", "house")
    db = await open_database(url, keys, clock)
    async with db.write() as uow:
        await Vault(keys, clock).unlock(uow)
    await db.forget_deleted()
    await db.close()
    before = (tmp_path / "controlbot.db").read_bytes()
    other = TransitKeyProvider(tmp_path / "two", "house")
    await other.create()
    with pytest.raises(MasterKeyWrong):
        await open_database(url, other, clock)
    with pytest.raises(MasterKeyMissing):
        await open_database(url, TransitKeyProvider(tmp_path / "none", "house"), clock)
    assert (tmp_path / "controlbot.db").read_bytes() == before


@pytest.mark.parametrize(
    ("engine", "token", "kind"),
    [
        ("house", "hvs.wrong", "Forbidden"),
        ("other", TOKEN, "InvalidRequest"),
        ("moved/house", TOKEN, "no sense"),
        ("odd", TOKEN, "ValueError"),
    ],
)
async def test_what_vault_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str, token: str, kind: str
) -> None:
    """A redirect (moved/) is not followed: it would carry the token elsewhere."""
    await TransitKeyProvider(tmp_path / "key", "house").create()
    monkeypatch.setenv("VAULT_TOKEN", token)
    refused = await refusal(TransitKeyProvider(tmp_path / "key", engine))
    assert (refused["why"], refused["kind"]) == ("vault", kind)
    assert token not in str(refused)


async def test_without_hvac_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "hvac":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    (tmp_path / "key").write_text("vault:v1:x\n")
    (tmp_path / "key").chmod(0o600)
    monkeypatch.setattr(builtins, "__import__", without)
    assert (await refusal(TransitKeyProvider(tmp_path / "key", "house")))["why"] == "hvac"
