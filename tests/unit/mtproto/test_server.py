"""Which server: read from settings, proved by its key."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mtproto.client.client import AccountClient, ClientFactory
from mtproto.client.server_address import TELEGRAM, ApiCredentials, ServerAddress
from tenants.domain.model import Secret

PRIVATE = rsa.generate_private_key(65537, 1024)
PKCS1, SPKI = (
    PRIVATE.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    for form in (
        serialization.PublicFormat.PKCS1,
        serialization.PublicFormat.SubjectPublicKeyInfo,
    )
)
API = ApiCredentials(api_id=1, api_hash=Secret("hash"))


def test_an_address_with_either_form_of_key() -> None:
    plain = ServerAddress.parse("127.0.0.1:8443", public_key_pem=PKCS1)
    other = ServerAddress.parse(" [::1]:443 ", public_key_pem=SPKI, dc=4)
    assert (plain.ip, plain.port, plain.dc, plain.ipv6) == ("127.0.0.1", 8443, 2, False)
    assert (other.ip, other.port, other.dc, other.ipv6) == ("::1", 443, 4, True)
    assert plain.identity == other.identity


@pytest.mark.parametrize(
    "address", ["localhost:8443", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "::1:443", ""]
)
def test_only_an_ip_and_a_port(address: str) -> None:
    with pytest.raises(ValueError, match="ip:port"):
        ServerAddress.parse(address, public_key_pem=PKCS1)


def test_only_an_rsa_key() -> None:
    curve = ec.generate_private_key(ec.SECP256R1()).public_key()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = curve.public_bytes(serialization.Encoding.PEM, form).decode()
    for wrong, words in ((pem, "not an RSA key"), ("hello", "not a PEM file")):
        with pytest.raises(ValueError, match=words):
            ServerAddress.parse("127.0.0.1:1", public_key_pem=wrong)


async def test_servers_share_nothing_that_telethon_keeps_in_a_class() -> None:
    ours = ClientFactory(ServerAddress.parse("127.0.0.1:8443", public_key_pem=PKCS1))
    telegrams = ClientFactory()
    first = ours.client(ours.new_session(API))
    second = telegrams.client(telegrams.new_session(API))
    type(first)._config = "of ours"
    assert type(second)._config is None
    assert AccountClient._config is None
    assert telegrams.identity == TELEGRAM
    assert first.flood_sleep_threshold == 0


async def test_a_session_opens_where_it_was_made_and_follows_a_moved_port() -> None:
    before = ClientFactory(ServerAddress.parse("127.0.0.1:8443", public_key_pem=PKCS1))
    after = ClientFactory(ServerAddress.parse("127.0.0.1:9999", public_key_pem=PKCS1))
    plain = before.new_session(API).to_bytes()
    moved = after.restore(plain)
    assert moved is not None
    assert (moved.server_address, moved.port) == ("127.0.0.1", 9999)
    assert ClientFactory().restore(plain) is None


def test_no_request_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    from telethon.tl.functions.auth import SignInRequest

    from mtproto.client.client import _TelethonLogger

    log = _TelethonLogger()
    log.getChild("users").error(
        "caused %s: %s", ValueError("79990001122"), SignInRequest("79990001122", "hash", "12345")
    )
    assert "SignInRequest" in caplog.text
    assert "79990001122" not in caplog.text
    assert "12345" not in caplog.text
