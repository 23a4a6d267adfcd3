"""The master key is changed while everything runs, and a crash at any point loses nothing."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tenants.domain.errors import AlreadyUnderWay
from tenants.domain.model import Tenant, UserId
from tests.support.services_env import ServicesEnv, open_ground


async def fill(ground: ServicesEnv, count: int) -> list[Tenant]:
    return [await ground.tenant(UserId(5000 + n)) for n in range(count)]


async def readable(ground: ServicesEnv, tenants: list[Tenant]) -> bool:
    tokens = [await ground.services.credentials.token(tenant.id) for tenant in tenants]
    return [token.bot_id for token in tokens] == [tenant.bot_id for tenant in tenants]


async def test_rotates_and_retires_the_old_key(ground: ServicesEnv) -> None:
    tenants = await fill(ground, 5)
    (old,) = await ground.keys.ids()
    seen: list[tuple[int, int]] = []
    done = await ground.services.rotation.run(lambda at, of: seen.append((at, of)))
    assert done == 7  # Five tenants' keys and the platform's two.
    assert seen[-1] == (7, 7)
    (new,) = await ground.keys.ids()
    assert new != old
    async with ground.db.read() as uow:
        assert await uow.keys.kek_ids() == {new}
    assert await readable(ground, tenants)
    async with ground.db.read() as uow:
        await ground.services.audit.verify(uow)


async def test_two_rotations_at_once_lose_no_key(ground: ServicesEnv, tmp_path: Path) -> None:
    """R9: each used to put a key of its own in front, over the other's."""
    tenants = await fill(ground, 5)
    other = await open_ground(ground.url, tmp_path)  # As another process would.
    try:
        results = await asyncio.gather(
            ground.services.rotation.run(), other.services.rotation.run(), return_exceptions=True
        )
        refused = [one for one in results if isinstance(one, AlreadyUnderWay)]
        assert len(refused) == 1
        assert len([one for one in results if isinstance(one, int)]) == 1
    finally:
        await other.db.close()
    assert len(await ground.keys.ids()) == 1
    assert await readable(ground, tenants)
    assert await ground.services.rotation.run() == 7


async def test_both_keys_work_while_it_runs(sqlite_ground: ServicesEnv) -> None:
    tenants = await fill(sqlite_ground, 3)
    await sqlite_ground.keys.begin_rotation()
    assert await readable(sqlite_ground, tenants)
    newcomer = await sqlite_ground.tenant(UserId(9))
    await sqlite_ground.services.rotation.run()
    assert len(await sqlite_ground.keys.ids()) == 1
    assert await readable(sqlite_ground, [*tenants, newcomer])


async def test_retires_what_a_crash_left_unretired(sqlite_ground: ServicesEnv) -> None:
    """All rows done, the old key still in the file: no third key is made."""
    await sqlite_ground.services.rotation.run()
    (current,) = await sqlite_ground.keys.ids()
    lines = sqlite_ground.keys.path.read_text()
    sqlite_ground.keys.path.write_text(lines + "A" * 43 + "=\n")
    assert await sqlite_ground.services.rotation.run() == 0
    assert await sqlite_ground.keys.ids() == [current]


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from tenants.security import key_rotation, master_keys
from tests.support.services_env import open_ground

url, folder, step = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
left = step

def count(where):
    global left
    left -= 1
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

def wrap(owner, name):
    real = getattr(owner, name)
    async def wrapped(*args, **kwargs):
        count(name)
        result = await real(*args, **kwargs)
        count(name)
        return result
    setattr(owner, name, wrapped)

async def main():
    ground = await open_ground(url, folder)
    for owner, names in (
        (key_rotation.KeyRotation, ["_some", "_left"]),
        (master_keys.FileKeyProvider, ["begin_rotation", "retire", "_keys"]),
        (type(ground.db), ["run"]),
    ):
        for name in names:
            wrap(owner, name)
    key_rotation._BATCH = 2
    await ground.services.rotation.run()
    await ground.db.close()
    print("finished")

asyncio.run(main())
"""


@pytest.mark.case(4)
@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
async def test_killed_at_many_steps(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/controlbot.db"
    ground = await open_ground(url, tmp_path)
    tenants = await fill(ground, 6)
    await ground.db.close()
    for step in (1, 2, 4, 7, 9, 15, 25, 45):
        script = [sys.executable, "-c", KILLED, url, str(tmp_path), str(step)]
        done = subprocess.run(
            script, cwd=Path(__file__).resolve().parents[3], capture_output=True, check=False
        )
        assert done.returncode in {0, -signal.SIGKILL}, done.stderr.decode()
        ground = await open_ground(url, tmp_path)
        assert await readable(ground, tenants)
        await ground.db.close()
    ground = await open_ground(url, tmp_path)
    await ground.services.rotation.run()
    assert len(await ground.keys.ids()) == 1
    assert await readable(ground, tenants)
    await ground.db.close()
