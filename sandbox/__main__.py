"""``python -m sandbox``: the simulated Telegram in a process of its own."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from sandbox.app import LOGIN_CODE_SECONDS, Sandbox, address


def arguments(words: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; ``--help`` lists the options."""
    parser = argparse.ArgumentParser(
        prog="sandbox",
        description="A Telegram in a box: Bot API, MTProto, a control API and a web page.",
    )
    parser.add_argument(
        "--listen",
        default="127.0.0.1:8081",
        metavar="HOST:PORT",
        help="Bot API, control API and web page (default %(default)s; port 0: any free one)",
    )
    parser.add_argument(
        "--mtproto",
        default="127.0.0.1:8443",
        metavar="IP:PORT",
        help="MTProto (default %(default)s)",
    )
    parser.add_argument(
        "--public-key", type=Path, metavar="FILE", help="write MTProto's public key (PEM) here"
    )
    parser.add_argument(
        "--seed", choices=("empty", "demo"), default="demo", help="who is there (default demo)"
    )
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help="keep the world in this file across restarts"
    )
    parser.add_argument(
        "--limits",
        action="store_true",
        help="keep Telegram's flood limits: 30/s a bot, 1/s a chat, 20/min a group",
    )
    parser.add_argument(
        "--strict",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="refuse content as Telegram does (default: yes)",
    )
    parser.add_argument(
        "--with-input", action="store_true", help="end when standard input ends (for a parent)"
    )
    parser.add_argument("--fast", action="store_true", help="short pauses, for tests")
    parser.add_argument(
        "--login-code-ttl",
        type=float,
        default=LOGIN_CODE_SECONDS,
        metavar="SECONDS",
        help="how long a login code is good (default %(default)g)",
    )
    found = parser.parse_args(words)
    for text in (found.listen, found.mtproto):
        try:
            address(text)
        except ValueError as error:
            parser.error(str(error))
    return found


async def serve(options: argparse.Namespace) -> None:
    """Run until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if options.with_input:
        # The parent holds the other end, so this process ends with it, even after a kill.
        loop.add_reader(sys.stdin, stop.set)
    async with Sandbox(
        listen=options.listen,
        mtproto=options.mtproto,
        seed=options.seed,
        state_file=options.state,
        limits=options.limits,
        strict=options.strict,
        fast=options.fast,
        login_code_ttl=options.login_code_ttl,
    ) as box:
        if options.public_key is not None:
            options.public_key.parent.mkdir(parents=True, exist_ok=True)
            options.public_key.write_text(box.public_key_pem)
        say(f"Sandbox: {box.url}  (MTProto {box.mtproto_address})")
        await stop.wait()


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(words: list[str] | None = None) -> int:
    """The exit status: 0, or 1 when a port or the state file cannot be opened."""
    options = arguments(words)
    try:
        asyncio.run(serve(options))
    except OSError as error:
        sys.stderr.write(
            f"The sandbox cannot start: {error.strerror or error}. Is another one running? "
            "Choose other ports with --listen and --mtproto.\n"
        )
        return 1
    except ValueError as error:
        sys.stderr.write(f"The sandbox cannot start: {error}.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
