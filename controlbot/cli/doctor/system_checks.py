"""The doctor's checks of the program, the network and Telegram."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import re
import socket
import sys
from dataclasses import dataclass
from enum import Enum, auto

from controlbot.cli.token_check import Answer, get_me
from controlbot.settings import Settings
from tenants.domain.errors import TelegramUnavailable, TokenRejected

NEWEST_UNSUPPORTED = (3, 10)
SECONDS_TO_CONNECT = 10.0
TOLERATED_SKEW = 10.0
"""Seconds. MTProto refuses messages 30 s ahead of its clock or 300 s behind it.
https://core.telegram.org/mtproto/description#message-identifier-msg-id"""
TELEGRAM_DC2 = "149.154.167.51:443"
"""A production data centre, as https://my.telegram.org/apps names it."""


class State(Enum):
    GOOD = auto()
    NOTE = auto()
    """Not an error, but useful to know."""
    BAD = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One line of the report."""

    what: str
    state: State
    found: str
    remedy: str = ""


def good(what: str, found: str) -> CheckResult:
    return CheckResult(what=what, state=State.GOOD, found=found)


def note(what: str, found: str, remedy: str) -> CheckResult:
    return CheckResult(what=what, state=State.NOTE, found=found, remedy=remedy)


def bad(what: str, found: str, remedy: str) -> CheckResult:
    return CheckResult(what=what, state=State.BAD, found=found, remedy=remedy)


def python() -> CheckResult:
    version = platform.python_version()
    if sys.version_info[:2] <= NEWEST_UNSUPPORTED:
        return bad("Python", version, "Python 3.11 or newer is needed.")
    return good("Python", version)


def packages(settings: Settings) -> CheckResult:
    """Whether all required packages are installed, with the version pinned by ``==``."""
    wanted = importlib.metadata.requires("controlbot") or []
    problems = [problem for line in wanted if (problem := _package_problem(line))]
    if (settings.database_url or "").startswith("postgres") and not _version("asyncpg"):
        problems.append("asyncpg is missing (PostgreSQL needs it)")
    if problems:
        return bad("Packages", "; ".join(problems), "Run `make setup`.")
    return good("Packages", "all there")


def _package_problem(requirement: str) -> str:
    if "extra ==" in requirement or ("sys_platform" in requirement and sys.platform == "win32"):
        return ""
    match = re.match(r"([A-Za-z0-9._-]+)(?:\[[^\]]*\])?(?:==([^\s;,]+))?", requirement)
    assert match is not None
    name, pinned = match.groups()
    found = _version(name)
    if found is None:
        return f"{name} is missing"
    return f"{name} is {found}, not {pinned}" if pinned and found != pinned else ""


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


async def control_bot(settings: Settings) -> list[CheckResult]:
    """The token, the bot's settings and the clock, from one getMe call."""
    if settings.token is None:
        return [bad("Control bot", "no token", "`controlbot init` asks for one.")]
    try:
        answer = await get_me(settings.bot_api_url, settings.bot_token)
    except TokenRejected:
        remedy = "Was it revoked? @BotFather has the new one; put it in CONTROLBOT_TOKEN."
        return [bad("Control bot", f"{settings.api_server} does not know its token", remedy)]
    except TelegramUnavailable:
        remedy = "Check the network, a proxy, and CONTROLBOT_BOT_API_URL."
        return [bad("Control bot", f"{settings.bot_api_url} does not answer", remedy)]
    return [good("Control bot", f"@{answer.username}"), _managing(answer), _clock(answer)]


def _managing(answer: Answer) -> CheckResult:
    if answer.can_manage_bots:
        return good("One-tap bots", "on")
    remedy = (
        "To let people create bots with one tap, switch on bot management for "
        f"@{answer.username} in @BotFather. Until then they paste a token."
    )
    return note("One-tap bots", "off", remedy)


def _clock(answer: Answer) -> CheckResult:
    ahead = answer.clock_ahead
    if ahead is None:
        return note("Clock", "could not be compared", "The server told no time.")
    if abs(ahead) > TOLERATED_SKEW:
        remedy = "Set the clock (say, by NTP): logins to accounts fail when it is wrong."
        side = "behind" if ahead > 0 else "ahead of"
        return bad("Clock", f"{abs(ahead):.0f} s {side} Telegram's", remedy)
    return good("Clock", "right")


def owners(settings: Settings) -> CheckResult:
    if not settings.owners:
        remedy = "Put your Telegram user id in CONTROLBOT_OWNERS; without one nobody has /admin."
        return bad("Owners", "none", remedy)
    return good("Owners", ", ".join(map(str, settings.owners)))


async def mtproto_server(settings: Settings) -> CheckResult:
    """Whether a connection can be opened; nothing is sent. Skipped when nothing is set up
    yet."""
    if settings.token is None and settings.mtproto_server is None:
        return note("MTProto", "not tried", "Nothing is set up yet: there is no token.")
    address = settings.mtproto_server or TELEGRAM_DC2
    host, _, port = address.rpartition(":")
    try:
        async with asyncio.timeout(SECONDS_TO_CONNECT):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
        writer.close()
    except (OSError, TimeoutError, ValueError):
        remedy = "Connecting accounts needs it. Check the network and CONTROLBOT_MTPROTO_SERVER."
        return bad("MTProto", f"{address} is not to be reached", remedy)
    return good("MTProto", f"{address} answers")


def telegram_app(settings: Settings) -> CheckResult:
    if settings.telegram_app is None:
        remedy = (
            "Get them at https://my.telegram.org and set CONTROLBOT_API_ID and "
            "CONTROLBOT_API_HASH, so that people can connect their accounts."
        )
        return note("api_id and api_hash", "not set", remedy)
    return good("api_id and api_hash", "set")


def listening(settings: Settings) -> CheckResult:
    """Whether the address for health, metrics and webhooks is free."""
    address = settings.address
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(tuple(address))
        except OSError:
            remedy = "Fine if that is this platform running; else change CONTROLBOT_LISTEN."
            return note("Address", f"{address} is in use", remedy)
    return good("Address", f"{address} is free")
