"""Where the demo listens: what was asked for or nothing, and otherwise what is free."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import click
import pytest

from controlbot.cli import demo
from controlbot.settings import Address, Settings


@pytest.fixture
def taken() -> Iterator[Address]:
    """An address that another program listens on."""
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield Address(busy.getsockname())


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)


def test_a_taken_port_that_was_asked_for_is_refused(settings: Settings, taken: Address) -> None:
    with pytest.raises(click.ClickException, match="is in use by another program"):
        demo.choose_ports(settings, listen=str(taken), mtproto=None)


def test_a_taken_default_moves_and_says_so(
    settings: Settings,
    taken: Address,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(demo, "PAGE", taken)
    ports = demo.choose_ports(settings, listen=None, mtproto=None)
    assert ports.page != taken
    assert f"{taken} is in use, so the page moves to {ports.page}." in capsys.readouterr().out


def test_an_address_without_a_port_is_a_wrong_argument(settings: Settings) -> None:
    with pytest.raises(click.BadParameter, match="expected host:port"):
        demo.choose_ports(settings, listen="localhost", mtproto=None)
