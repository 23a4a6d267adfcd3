"""The demo: the platform in this process, the sandbox as a child process."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import click
from pydantic import SecretStr

from controlbot.cli.error_output import expected_failures
from controlbot.settings import Address, SettingRefused, Settings
from tenants.security.master_keys import new_master_key
from tenants.support.background_tasks import BackgroundTasks

PAGE = Address(("127.0.0.1", 8081))
MTPROTO = Address(("127.0.0.1", 8443))
READY_WITHIN = 30.0
STOP_WITHIN = 5.0
_REMOVE = """
import shutil, sys, time
sys.stdin.read()
for _ in range(20):  # the sandbox beside it takes a moment to end
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    time.sleep(0.1)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Addresses of the demo's three servers."""

    page: Address
    mtproto: Address
    platform: Address


def run_demo(settings: Settings, *, listen: str | None = None, mtproto: str | None = None) -> None:
    """Run until Ctrl-C or SIGTERM, then delete all data.

    Raises:
        click.ClickException: a requested port is in use, or a server did not start.
    """
    ports = choose_ports(settings, listen=listen, mtproto=mtproto)
    with expected_failures(), contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_demo(settings, ports))
    click.echo("The demo has ended.")


def choose_ports(settings: Settings, *, listen: str | None, mtproto: str | None) -> Ports:
    """Requested ports must be free; a used default port is replaced by another."""
    asked = settings.address if "listen" in settings.model_fields_set else None
    return Ports(
        page=_choose(_parsed("--listen", listen), PAGE, "the page"),
        mtproto=_choose(_parsed("--mtproto", mtproto), MTPROTO, "MTProto"),
        platform=_choose(asked, settings.address, "health and metrics"),
    )


def _parsed(option: str, text: str | None) -> Address | None:
    if text is None:
        return None
    try:
        return Address.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None


def _choose(asked: Address | None, default: Address, what: str) -> Address:
    if asked is not None:
        if not _is_free(asked):
            raise click.ClickException(f"{asked} is in use by another program; choose another.")
        return asked
    if _is_free(default):
        return default
    free = Address((default.host, _free_port(default.host)))
    click.echo(f"{default} is in use, so {what} moves to {free}.")
    return free


def _is_free(address: Address) -> bool:
    from controlbot.http_server import require_free

    try:
        require_free(address)
    except (OSError, SettingRefused):
        return False
    return True


def _free_port(host: str) -> int:
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


async def _demo(settings: Settings, ports: Ports) -> None:
    main = asyncio.current_task()
    assert main is not None
    # Until the platform handles signals, a SIGTERM must not leave the child running.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, main.cancel)
    with tempfile.TemporaryDirectory(prefix="controlbot-demo-") as name, removed_after_us(name):
        directory = Path(name)
        async with sandbox_process(ports, directory / "mtproto.pem") as child:
            cast = await _ready(f"http://{ports.page}", child)
            click.echo(_greeting(ports, cast))
            await _serve(demo_settings(settings, ports, cast, directory), child)


@contextlib.contextmanager
def removed_after_us(folder: str) -> Iterator[None]:
    """Remove the demo's folder even when this process is killed: a child process waits until
    a pipe that only this process holds is closed."""
    # Not in our process group: Ctrl-C would end it before this process.
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-I", "-S", "-c", _REMOVE, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        process.kill()
        process.communicate()


@contextlib.asynccontextmanager
async def sandbox_process(
    ports: Ports, public_key: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A sandbox with the demo's users. On exit it is terminated, then killed."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "sandbox", "--seed", "demo", "--with-input",
        "--listen", str(ports.page), "--mtproto", str(ports.mtproto),
        "--public-key", str(public_key),
        stdin=asyncio.subprocess.PIPE,  # closed when this process ends; then the child ends too
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,  # this process handles Ctrl-C and ends the child
    )  # fmt: skip
    try:
        yield child
    finally:
        if child.returncode is None:
            child.terminate()
            try:
                await asyncio.wait_for(child.wait(), STOP_WITHIN)
            except TimeoutError:
                child.kill()
                await child.wait()


async def _ready(url: str, child: asyncio.subprocess.Process) -> dict[str, Any]:
    """Wait for the sandbox and get its users."""
    deadline = asyncio.get_running_loop().time() + READY_WITHIN
    async with aiohttp.ClientSession() as session:
        while asyncio.get_running_loop().time() < deadline:
            if child.returncode is not None:
                raise click.ClickException("The sandbox did not start (its words are above).")
            with contextlib.suppress(aiohttp.ClientError):
                async with session.get(f"{url}/sandbox/demo") as response:
                    response.raise_for_status()
                    return dict(await response.json())
            await asyncio.sleep(0.05)
    raise click.ClickException(f"The sandbox did not answer within {READY_WITHIN:.0f} seconds.")


def demo_settings(
    settings: Settings, ports: Ports, cast: dict[str, Any], directory: Path
) -> Settings:
    """The user's settings where they apply to a demo, else the sandbox's."""
    quiet = {} if "log_level" in settings.model_fields_set else {"log_level": "WARNING"}
    return settings.model_copy(
        update={
            "token": SecretStr(cast["control_token"]),
            "owners": (int(cast["owner_id"]),),
            "data_dir": directory / "data",
            "database_url": None,
            "master_key_file": None,
            "master_key_command": None,
            "master_key_vault": None,
            "master_key": SecretStr(new_master_key().line()),  # deleted with the demo
            "bot_api_url": f"http://{ports.page}",
            "mtproto_server": str(ports.mtproto),
            "mtproto_public_key_file": directory / "mtproto.pem",
            "api_id": 1,
            "api_hash": SecretStr("0" * 32),
            "webhook_url": None,
            "listen": ports.platform,
            **quiet,
        }
    )


async def _serve(settings: Settings, child: asyncio.subprocess.Process) -> None:
    """Run the platform until it is stopped or the sandbox ends."""
    from controlbot import process

    serving = asyncio.current_task()
    assert serving is not None
    nursery = BackgroundTasks("demo")
    nursery.start(_when_over(child, serving.cancel), "sandbox process")
    try:
        await process.serve(settings)
    except asyncio.CancelledError:
        if child.returncode is None:
            raise
        raise click.ClickException("The sandbox has ended by itself; so the demo ends.") from None
    finally:
        await nursery.close()


async def _when_over(child: asyncio.subprocess.Process, act: Callable[[], object]) -> None:
    await child.wait()
    act()


def _greeting(ports: Ports, cast: dict[str, Any]) -> str:
    people = "\n".join(f"    {one['name']}: {one.get('note', '')}" for one in cast.get("cast", []))
    return (
        f"\n  A Telegram of your own is open at  http://{ports.page}/\n\n"
        f"  Open it in a browser. Its people:\n{people}\n\n"
        "  Nothing leaves this machine and nothing is kept. Ctrl-C ends it.\n"
    )
