"""The sandbox as a whole: its doors, its file, its command line."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.__main__ import arguments
from sandbox.app import Sandbox, address


async def get(url: str, *, tls: bool | ssl.SSLContext = True) -> tuple[int, object]:
    async with aiohttp.ClientSession() as http, http.get(url, ssl=tls) as response:
        return response.status, await response.json()


async def test_all_doors_are_open() -> None:
    async with Sandbox(seed="demo") as box:
        status, health = await get(f"{box.url}/sandbox/health")
        assert status == 200
        assert isinstance(health, dict)
        assert health.pop("run")
        assert health == {
            "ok": True,
            "url": box.url,
            "mtproto": box.mtproto_address,
            "public_key": box.public_key_pem,
        }
        assert box.public_key_pem.startswith("-----BEGIN RSA PUBLIC KEY-----")


async def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    async with Sandbox(state_file=state) as box:
        person = box.world.add_account(first_name="Ada")
        bot = box.world.add_bot(owner_id=person.id, name="E", username="e_bot")
        box.world.start(person.id, bot.id)
        key = box.public_key_pem
    async with Sandbox(state_file=state, seed="demo") as box:
        assert box.public_key_pem == key
        _, answer = await get(f"{box.url}/bot{bot.token}/getUpdates")
        assert isinstance(answer, dict)
        assert answer["result"][0]["message"]["text"] == "/start"


async def test_over_tls(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path))
    async with Sandbox(ssl_context=context) as box:
        assert box.url.startswith("https://")
        assert (await get(f"{box.url}/bot1/getMe", tls=False))[0] == 404


def _certificate(folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "tls.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    return path


async def test_alone_in_its_process(tmp_path: Path) -> None:
    key = tmp_path / "key.pem"
    command = [sys.executable, "-m", "sandbox", "--listen", "127.0.0.1:0"]
    command += ["--mtproto", "127.0.0.1:0", "--public-key", str(key)]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = (await asyncio.wait_for(process.stdout.readline(), 30)).decode()
    url = line.split()[1]
    assert (await get(f"{url}/sandbox/health"))[0] == 200
    assert key.read_text().startswith("-----BEGIN RSA")
    taken = url.removeprefix("http://")
    second = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        "--listen",
        taken,
        "--mtproto",
        "127.0.0.1:0",
        stderr=subprocess.PIPE,
    )
    _, words = await second.communicate()
    assert second.returncode == 1
    assert b"Is another one running?" in words
    os.kill(process.pid, signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), 10) == 0


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "[::]", "192.168.1.5", "10.0.0.1", "[fe80::1]", "sandbox.example", "0"]
)
def test_it_is_for_this_machine_only(host: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reaches it may read and write in anybody's name."""
    with pytest.raises(ValueError, match="reached from elsewhere"):
        Sandbox(listen=f"{host}:0")
    with pytest.raises(ValueError, match="reached from elsewhere"):
        Sandbox(mtproto=f"{host}:0")
    with pytest.raises(SystemExit):
        arguments(["--listen", f"{host}:8081"])
    assert "reached from elsewhere" in capsys.readouterr().err


def test_addresses() -> None:
    assert address("127.0.0.1:80") == ("127.0.0.1", 80)
    assert address("[::1]:0") == ("::1", 0)
    assert address("localhost:80") == ("localhost", 80)
    for wrong in ("8081", ":80", "host:x", "host:99999", "127.0.0.1:²"):
        with pytest.raises(ValueError, match="not host:port"):
            address(wrong)
    with pytest.raises(SystemExit):
        arguments(["--listen", "nowhere"])
