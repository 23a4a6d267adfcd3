"""Each of these once ended the platform, or a bot of it, for everybody. It stays up, says what is
wrong, and goes on. (R1 to R7, R10 and R11 of the faults known on 2026-11-25.)"""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import resource
import sqlite3
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from controlbot.app import App
from sandbox.app import Sandbox
from tenants.domain.model import Observed, UserId
from tenants.store.inbox_sqlite import Incoming
from tests.faults import effect_log
from tests.faults.crash_env import CrashEnv
from tests.faults.forked_process import Victim
from tests.faults.run_scale import FULL
from tests.support.misbehaving_features import Echo
from tests.support.platform_env import Stage, set_stage
from tests.support.processes import free_port
from tests.support.progress import step
from tests.support.runner_env import FAST, RunnerEnv, open_yard, until
from tests.support.sandbox_client import ControlApi

LEASE = {"lease_ttl": 2.0, "lease_margin": 0.5}
"""A lease that had to be renewed would end within two seconds."""
PATIENT = 14.0 if FULL else 4.0
"""Seconds that something holds the database up: longer than any lease lasted."""
SOON = 5.0
BRIM = 4096
MEGABYTE = 2**20


@contextlib.asynccontextmanager
async def running(field: CrashEnv) -> AsyncIterator[Victim]:
    victim = field.platform(runner=LEASE, busy_ms=500)
    try:
        for tenant_id in field.yard.bots:
            await field.yard.seen(tenant_id, Observed.ONLINE)
        await field.entered(field.write())
        yield victim
        assert victim.ended() is None, field.forge.words()
    finally:
        victim.kill()
    result = effect_log.tally(field.our_file, field.sent)
    assert (result.lost, result.doubled) == (0, 0), field.account()


async def told(field: CrashEnv, words: str) -> None:
    """/healthz says so, until it is over."""

    async def says() -> bool:
        status, body = await field.health()
        return status == 503 and words in json.dumps(body)

    await until(says)


async def well(field: CrashEnv) -> None:
    async def says() -> bool:
        return (await field.health())[0] == 200

    await until(says)


@pytest.fixture
async def echoing(tmp_path: Path) -> AsyncIterator[RunnerEnv]:
    async with open_yard(tmp_path, settings=FAST, features=[Echo().feature()]) as yard:
        yield yard


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Sandbox(fast=True) as box, ControlApi(box.url) as api:
        yield await set_stage(api, tmp_path)


async def greeted(stage: Stage, name: str) -> float:
    """Somebody new writes to the control bot. Seconds to its answer."""
    person = await stage.api.person(name, language_code="en")
    began = time.monotonic()
    await person.send(stage.chat, "/start")
    await person.find_button(stage.chat, "English")
    return time.monotonic() - began


async def test_packed_bodies(stage: Stage) -> None:
    """R1: eight gzip bombs at once at the web server: none is unpacked, others are heard"""
    port = free_port()
    settings = stage.settings(
        CONTROLBOT_WEBHOOK_URL=f"http://127.0.0.1:{port}", CONTROLBOT_LISTEN=f"127.0.0.1:{port}"
    )
    bomb = await asyncio.to_thread(_bomb)
    async with App(settings) as app, aiohttp.ClientSession(app.http_url) as web:

        async def throw(path: str) -> None:
            headers = {"Content-Encoding": "gzip"}
            with contextlib.suppress(aiohttp.ClientError):
                async with web.post(path, data=io.BytesIO(bomb), headers=headers) as answer:
                    assert answer.status in {401, 404, 405, 413, 415}

        paths = ["/hook/unknown", "/nothing"] * 4
        throwing = [throw(path) for path in paths]
        _, waited = await asyncio.gather(asyncio.gather(*throwing), greeted(stage, "Ada"))
        assert waited < SOON
        async with web.get("/healthz") as answer:
            assert answer.status == 200


def _bomb() -> bytes:
    import gzip

    return gzip.compress(bytes(512 * MEGABYTE), 9)


async def test_long_reader_and_an_erasure(field: CrashEnv) -> None:
    """R2: a long reader and an erasure: the write lock is not held for the reader, all goes on"""
    async with running(field):
        doomed = next(iter(field.yard.bots))
        with contextlib.closing(sqlite3.connect(field.our_file, timeout=10)) as reader:
            reader.isolation_level = None
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM audit").fetchone()
            step("somebody reads and goes on reading")
            services = field.yard.services
            async with services.db.read() as uow:
                tenant = await uow.tenants.get(doomed)
            assert tenant is not None
            owner = await services.access.actor_for(tenant.owner_id)
            await services.lifecycle.erase(owner, doomed, None)

            async def erased() -> bool:
                async with services.db.read() as uow:
                    return await uow.tenants.get(doomed) is None

            await until(erased)
            step("a bot is erased; the others answer")
            field.ours.remove(field.yard.bots.pop(doomed).id)
            until_then = time.monotonic() + PATIENT
            while time.monotonic() < until_then:
                await field.entered(field.write(), within=SOON)
                await asyncio.sleep(0.5)
            reader.execute("COMMIT")
        await field.entered(field.write())


async def test_copy_of_a_busy_bots_data(echoing: RunnerEnv) -> None:
    """R3: a copy of a busy bot's data: the bot answers meanwhile, and memory stays bounded"""
    owner, anna = await echoing.api.person("Olga"), await echoing.api.person("Anna")
    tenant, bot = await echoing.online(owner)
    for begin in range(0, 40_000, 5_000):
        rows = [
            Incoming(tenant.id, 10**6 + n, 1, None, 1, done_at=2)
            if n % 4
            else Incoming(tenant.id, 10**6 + n, 1, b'{"message": {}}', 1)
            for n in range(begin, begin + 5_000)
        ]
        async with echoing.services.db.write() as uow:
            await uow.inbox.add(rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    actor = await echoing.services.access.actor_for(UserId(owner.id))
    file = io.BytesIO()
    copying = asyncio.ensure_future(echoing.services.exports.write(actor, file))  # noqa: TID251
    longest = 0.0
    for number in range(10):
        began = time.monotonic()
        await anna.send(bot.id, f"n{number}")
        await anna.see(bot.id, f"echo n{number}")
        longest = max(longest, time.monotonic() - began)
    assert await copying > 10_000
    assert len(json.loads(file.getvalue())["bots"][0]["updates"]) >= 10_000
    assert longest < SOON
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    assert echoing.runner.ready()


async def test_people_who_block_the_bot(tmp_path: Path) -> None:
    """R4: 25 people start a bot and block it, one writes hostile entities: it serves the others"""
    async with open_yard(tmp_path, settings=FAST) as yard:
        owner, anna = await yard.api.person("Olga"), await yard.api.person("Anna")
        tenant, bot = await yard.online(owner)
        await owner.send(bot.id, "/start")
        for number in range(25):
            person = await yard.api.person(f"P{number}")
            await person.send(bot.id, "/start")
            await person.block(bot.id)
        mallory = await yard.api.person("Mallory")
        for _ in range(20):
            entity = {"type": "pre", "offset": 0, "length": 4, "language": '"><b>x'}
            await mallory.send(bot.id, "code", entities=[entity])
        await anna.send(bot.id, "Are you open today?")
        await owner.see(bot.id, "Are you open today?")
        assert (await yard.tenant(tenant.id)).observed is Observed.ONLINE


async def test_one_person_floods_the_control_bot(stage: Stage) -> None:
    """R5: one person sends 300 messages to the control bot: it answers another at once"""
    async with App(stage.settings()):
        mallory = await stage.api.person("Mallory", language_code="en")
        await mallory.send(stage.chat, "/start")
        await mallory.find_button(stage.chat, "English")
        for number in range(300):
            await mallory.send(stage.chat, f"flood {number}")
        assert await greeted(stage, "Ada") < SOON


async def test_429_at_one_bots_start(echoing: RunnerEnv) -> None:
    """R6: Telegram asks one bot to wait a minute at its start: the others start and answer"""
    owner, anna = await echoing.api.person("Olga"), await echoing.api.person("Anna")
    refused, bot = await echoing.online(owner)
    await echoing.api.fault(
        protocol="bot", kind="retry_after", method="getUpdates", bot=bot.id, seconds=60
    )
    await echoing.restart()
    for _ in range(3):
        _, other = await echoing.online(owner)
        await anna.send(other.id, "hello")
        await anna.see(other.id, "echo hello")
    assert (await echoing.tenant(refused.id)).observed is Observed.BACKING_OFF


async def test_full_disk(field: CrashEnv) -> None:
    """R7: the disk is full for longer than a lease: it says so, acknowledges nothing, goes on"""
    async with running(field) as victim:
        before = resource.prlimit(victim.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(victim.pid, resource.RLIMIT_FSIZE, (BRIM, before[1]))
        step("full")
        n = field.write()
        await told(field, "disk")
        await asyncio.sleep(PATIENT / 2)
        assert n not in effect_log.entries(field.our_file)
        resource.prlimit(victim.pid, resource.RLIMIT_FSIZE, before)
        step("room again")
        await field.entered(n)
        await well(field)


async def test_locked_database(field: CrashEnv) -> None:
    """R7: the database is locked for 14 seconds: it says so, acknowledges nothing, goes on"""
    async with running(field):
        with contextlib.closing(sqlite3.connect(field.our_file, timeout=10)) as somebody:
            somebody.isolation_level = None
            somebody.execute("BEGIN IMMEDIATE")
            step("locked")
            n = field.write()
            await told(field, "locked")
            await asyncio.sleep(PATIENT)
            somebody.execute("ROLLBACK")
        step("unlocked")
        await field.entered(n)
        await well(field)


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1])
async def test_numbers_no_database_holds(echoing: RunnerEnv, number: int) -> None:
    """R10: an update whose numbers no database holds: its bot and all others go on"""
    owner, anna = await echoing.api.person("Olga"), await echoing.api.person("Anna")
    _, bot = await echoing.online(owner)
    _, other = await echoing.online(owner)
    chat = {"id": number, "type": "private", "first_name": "X"}
    message = {"message_id": 1, "date": 1, "chat": chat, "from": chat | {"is_bot": False}}
    await echoing.api.bot_control(bot.id).queue_update({"message": message | {"text": "huge"}})
    await anna.send(bot.id, "hello")
    await anna.send(other.id, "hello")
    await anna.see(bot.id, "echo hello")
    await anna.see(other.id, "echo hello")


@pytest.mark.parametrize("kind", ["lone_surrogate", "bad_utf8"])
async def test_answers_that_cannot_be_read(echoing: RunnerEnv, kind: str) -> None:
    """R11: an answer with a lone surrogate or a bad byte: the poller goes on"""
    owner, anna = await echoing.api.person("Olga"), await echoing.api.person("Anna")
    _, bot = await echoing.online(owner)
    await echoing.api.fault(protocol="bot", kind=kind, method="getUpdates", bot=bot.id, times=2)
    await anna.send(bot.id, "first")
    await anna.send(bot.id, "second")
    await anna.see(bot.id, "second")  # The fault changes a text where it finds one.
