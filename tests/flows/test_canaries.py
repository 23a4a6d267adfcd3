"""Secrets that are easy to recognise go through the whole platform; none stays anywhere."""

from __future__ import annotations

import asyncio
import base64
import io
import logging
import re
import sqlite3
import urllib.parse
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import structlog

from controlbot.app import App
from mtproto.client.session import SealedSession
from tenants.domain.model import TenantId, UserId
from tenants.security.log_redaction import CHATTY, configure_logging
from tests.flows.story_actors import Cast, gather_cast, make_bot_with_botfather, tap_code
from tests.flows.story_steps import NEWCOMER, ask_for_a_code
from tests.support.platform_env import Stage

PASSWORD = "xylophone-canary 'quoted' \"too\""
SLIP = "tambourine-canary"
PHONE = "+15550177431"
API_HASH = "ca9a21eca9a21eca9a21eca9a21eca9a"
BUG = "what nobody foresaw"
GUESS = "700123456:AAcanaryTokenThatNobodyHas_0123456"


class Log:
    """All that is logged, down to DEBUG, in both of the styles an operator may choose."""

    def __init__(self) -> None:
        self._styles = {"console": io.StringIO(), "json": io.StringIO()}
        handlers = []
        for style, out in self._styles.items():
            configure_logging("DEBUG", style, out)
            handlers += logging.getLogger().handlers
        logging.getLogger().handlers[:] = handlers
        structlog.configure(cache_logger_on_first_use=False)

    def __iter__(self) -> Iterator[str]:
        return (out.getvalue() for out in self._styles.values())


@pytest.fixture
def log() -> Iterator[Log]:
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield Log()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.NOTSET)
    structlog.configure(**before)


@pytest.fixture
async def app(log: Log, stage: Stage) -> AsyncIterator[App]:
    async with App(stage.settings(CONTROLBOT_API_HASH=API_HASH)) as app:
        yield app


@pytest.fixture
async def cast(stage: Stage) -> Cast:
    cast = await gather_cast(stage)
    cast.newcomer = await stage.api.person(
        "Bea", phone=PHONE, username="bea_bakes", language_code="en", password=PASSWORD
    )
    return cast


class Found:
    """Where to look for what. Nothing of it may be found."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._secrets: dict[str, re.Pattern[bytes]] = {}
        self.where: set[str] = set()

    def never(self, name: str, secret: str | bytes) -> None:
        """Look for ``secret`` as it is, URL-encoded, in hex and in base64."""
        plain = secret.encode() if isinstance(secret, str) else secret
        forms = {plain, urllib.parse.quote_from_bytes(plain).encode()}
        if len(plain) > 8:
            forms |= {plain.hex().encode(), base64.b64encode(plain)[:-4]}
        pattern = b"|".join(map(re.escape, forms))
        # Digits among other digits are another number.
        edges = (rb"(?<![\d.])", rb"(?!\d)") if plain.isdigit() else (b"", b"")
        self._secrets[name] = re.compile(edges[0] + b"(?:" + pattern + b")" + edges[1])

    def look(self, where: str, content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        self.where |= {
            f"{name} in {where}" for name, secret in self._secrets.items() if secret.search(data)
        }

    def look_in_store(self) -> None:
        """The database as files, write-ahead log included, and as rows."""
        for file in self._data_dir.glob("controlbot.db*"):
            self.look(file.name, file.read_bytes())
        database = sqlite3.connect(f"file:{self._data_dir}/controlbot.db?mode=ro", uri=True)
        try:
            self.look("a dump", "\n".join(database.iterdump()))
        finally:
            database.close()


def refuse_secrets(data_dir: Path, *, refuse: bool) -> None:
    """Let the database refuse tokens, so that a statement with one fails."""
    database = sqlite3.connect(data_dir / "controlbot.db", timeout=10)
    with database:
        database.execute(
            "CREATE TRIGGER full BEFORE INSERT ON secrets BEGIN SELECT RAISE(ABORT, 'full'); END"
            if refuse
            else "DROP TRIGGER full"
        )
    database.close()


@pytest.mark.case(6)
async def test_secrets_stay_nowhere(
    app: App, cast: Cast, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_dir, newcomer = cast.stage.data_dir, cast.newcomer
    found = Found(data_dir)
    found.never("the control bot's token", cast.stage.control.token.partition(":")[2])
    found.never("the api_hash", API_HASH)
    found.never("the phone number", PHONE.removeprefix("+"))
    found.never("the password", PASSWORD.split(maxsplit=1)[0])
    found.never("a wrong password", SLIP)
    found.never("a token nobody has", GUESS.partition(":")[2])
    found.never("the master key", base64.b64decode((data_dir / "master.key").read_text()[-45:]))

    await NEWCOMER[0].play(cast)
    await NEWCOMER[1].play(cast)
    await slip(cast, GUESS)
    for kind in ("garbage", "http_status"):
        await cast.api.fault(protocol="bot", kind=kind, method="getMe", times=1, status=502)
        await slip(cast, GUESS)
    with monkeypatch.context() as patch:
        patch.setattr(aiohttp.ClientSession, "post", buggy(aiohttp.ClientSession.post))
        await slip(cast, GUESS)
    cast.bot, _ = await make_bot_with_botfather(newcomer, "Bea's Bakery", "beas_bakery_bot")
    found.never("the bot's token", cast.bot.token.partition(":")[2])
    await asyncio.to_thread(refuse_secrets, data_dir, refuse=True)
    await slip(cast, cast.bot.token)
    found.look_in_store()
    await asyncio.to_thread(refuse_secrets, data_dir, refuse=False)
    await newcomer.send(cast.desk, cast.bot.token)
    await cast.reads("✅ <b>@{username} is yours to run here.</b>")

    await ask_for_a_code(cast)
    code = await newcomer.login_code()
    assert code is not None
    found.never("the login code", code)
    await tap_code(newcomer, cast.desk, code[:-1])
    found.look_in_store()
    assert not digits_in_windows(data_dir, code[:-1])
    await cast.api.fault(
        protocol="mtproto", kind="error", method="auth.signIn", times=1,
        error_code=400, description="SOMETHING_NEW",
    )  # fmt: skip
    await newcomer.press(cast.desk, code[-1])
    await cast.reads("Telegram answered something unexpected.")
    await ask_for_a_code(cast)
    code = await newcomer.login_code()
    assert code is not None
    found.never("the next login code", code)
    await tap_code(newcomer, cast.desk, code)
    await cast.reads("🔐 <b>Your two-step verification password</b>")
    await slip(cast, SLIP)
    await newcomer.send(cast.desk, PASSWORD)
    await cast.reads("✅ <b>{person} is connected.</b>")

    (tenant,) = await app.services.directory.mine(
        await app.services.access.actor_for(UserId(newcomer.id))
    )
    found.never("the session's key", await session_key(app, tenant.id))
    found.look_in_store()
    for text in log:
        found.look("the log", text)
        assert "SOMETHING_NEW" in text
        assert "test_canaries.py" in text, "the failure is not in the log at all"
        assert BUG not in text, "what an exception says may be what somebody wrote"
    found.look("the figures", await figures(app))
    assert len(app.platform.secrets) == 0
    assert found.where == set()


def buggy(post: Any) -> Any:
    """A library whose errors, which nobody foresaw, tell the address they were for."""

    def fails(session: aiohttp.ClientSession, url: str, **more: Any) -> Any:
        if "getMe" in url:
            raise RuntimeError(f"{BUG}: {url} {urllib.parse.quote(url)}")
        return post(session, url, **more)

    return fails


async def slip(cast: Cast, text: str) -> None:
    """Send what will not do; wait until it is deleted and answered."""
    sent = await cast.newcomer.send(cast.desk, text)
    await cast.newcomer.gone(cast.desk, sent)
    await cast.newcomer.wait_for(cast.desk, lambda _: True, "an answer", after=sent.id)


def digits_in_windows(data_dir: Path, digits: str) -> bool:
    database = sqlite3.connect(data_dir / "controlbot.db", timeout=10)
    try:
        rows = database.execute("SELECT data FROM fsm").fetchall()
    finally:
        database.close()
    assert rows
    return any(digits in row[0] for row in rows)


async def session_key(app: App, tenant_id: TenantId) -> bytes:
    async with app.services.db.read() as uow:
        row = await uow.accounts.get(tenant_id)
        assert row is not None
        assert row.session_sealed is not None
        plain = await app.services.vault.open(
            uow,
            tenant_id,
            table="accounts",
            column="session_sealed",
            row_id=tenant_id,
            sealed=row.session_sealed,
        )
    key = SealedSession.from_bytes(plain).auth_key
    assert key is not None
    return bytes(key.key)


async def figures(app: App) -> bytes:
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{app.http_url}/metrics") as response,
    ):
        return await response.read()
