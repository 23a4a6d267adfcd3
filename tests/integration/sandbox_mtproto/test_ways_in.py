"""How codes come, a second data centre, older layers, files in parts, a key in two places."""

from __future__ import annotations

import asyncio
import gzip
import struct
import zlib
from typing import Any

import pytest
from telethon import errors, functions, types
from telethon.sessions import MemorySession
from telethon.tl.alltlobjects import LAYER

from sandbox.fault_injection import Fault
from sandbox.mtproto import tl_codec
from sandbox.mtproto.errors import RpcRefusal
from sandbox.mtproto.invoke_wrappers import OLDEST_LAYER
from sandbox.world import Account
from sandbox.world.errors import ApiError
from sandbox.world.logins import SentBy

API = (12345, "0123456789abcdef0123456789abcdef")
KINDS = {
    SentBy.APP: "SentCodeTypeApp", SentBy.SMS: "SentCodeTypeSms", SentBy.CALL: "SentCodeTypeCall",
    SentBy.FLASH_CALL: "SentCodeTypeFlashCall", SentBy.MISSED_CALL: "SentCodeTypeMissedCall",
    SentBy.FRAGMENT: "SentCodeTypeFragmentSms", SentBy.EMAIL: "SentCodeTypeEmailCode",
    SentBy.FIREBASE: "SentCodeTypeFirebaseSms", SentBy.WORD: "SentCodeTypeSmsWord",
    SentBy.PHRASE: "SentCodeTypeSmsPhrase", SentBy.SETUP_EMAIL: "SentCodeTypeSetUpEmailRequired",
}  # fmt: skip


def test_every_type_of_the_schema_can_be_had() -> None:
    """Known fault S."""
    of_schema = {
        name
        for name in dir(types.auth)
        if name.startswith("SentCodeType") and name != "SentCodeType"
    }
    assert set(KINDS.values()) == of_schema - {"SentCodeTypeBase"}


async def send(client: Any, account: Account) -> Any:
    settings = types.CodeSettings()
    return await client(functions.auth.SendCodeRequest(str(account.phone), *API, settings))


@pytest.mark.parametrize("way", KINDS)
async def test_a_code_comes_by_any_way(box: Any, ann: Account, connect: Any, way: SentBy) -> None:
    client = await connect()
    box.fault("sent_code", "auth.sendCode", description=way.value)
    sent = await send(client, ann)
    assert type(sent.type).__name__ == KINDS[way]
    code = box.code(ann)
    given: dict[str, Any] = {"phone_code": code}
    if way is SentBy.EMAIL:
        given = {"email_verification": types.EmailVerificationCode(code)}
    request = functions.auth.SignInRequest(str(ann.phone), sent.phone_code_hash, **given)
    assert (await client(request)).user.id == ann.id


async def test_a_code_may_have_to_be_paid_for(box: Any, ann: Account, connect: Any) -> None:
    client = await connect()
    box.fault("sent_code", "auth.sendCode", description="payment")
    sent = await send(client, ann)
    assert isinstance(sent, types.auth.SentCodePaymentRequired)


async def test_a_number_of_another_data_centre_is_sent_there(
    box: Any, ann: Account, connect: Any
) -> None:
    box.world.logins.move(ann.id, 4)
    client = await connect()
    await client.send_code_request(ann.phone)
    assert (client.session.dc_id, client.session.port) == (4, box.server.other_port)
    assert box.server.other_port != box.server.port
    assert (await client.sign_in(ann.phone, box.code(ann))).id == ann.id


async def test_a_qr_code_scanned_from_another_data_centre_moves_the_client(
    box: Any, ann: Account, connect: Any
) -> None:
    """https://core.telegram.org/api/qr-login"""
    box.world.logins.move(ann.id, 4)
    client = await connect()
    shown = await client(functions.auth.ExportLoginTokenRequest(*API, []))
    box.world.logins.accept_token(ann.id, shown.token)
    moved = await client(functions.auth.ExportLoginTokenRequest(*API, []))
    assert isinstance(moved, types.auth.LoginTokenMigrateTo)
    assert moved.dc_id == 4
    await client._switch_dc(4)
    done = await client(functions.auth.ImportLoginTokenRequest(moved.token))
    assert done.authorization.user.id == ann.id


async def test_a_login_is_taken_along(box: Any, ann: Account, log_in: Any, connect: Any) -> None:
    """https://core.telegram.org/api/datacenter#authorization-transfer"""
    client = await log_in(ann)
    ticket = await client(functions.auth.ExportAuthorizationRequest(4))
    other = await connect()
    entered = await other(functions.auth.ImportAuthorizationRequest(ticket.id, ticket.bytes))
    assert entered.user.id == ann.id
    assert len(box.world.logins.sessions(ann.id)) == 1
    with pytest.raises(errors.AuthBytesInvalidError):
        await other(functions.auth.ImportAuthorizationRequest(ticket.id, ticket.bytes))


@pytest.mark.parametrize("layer", [OLDEST_LAYER, LAYER - 1, LAYER])
async def test_older_layers_are_answered(connect: Any, layer: int) -> None:
    """Known fault S2."""
    client = await connect()
    nearest = functions.help.GetNearestDcRequest()
    assert await client(functions.InvokeWithLayerRequest(layer, nearest))


@pytest.mark.parametrize("layer", [0, OLDEST_LAYER - 1, LAYER + 1])
async def test_layers_that_cannot_be_answered_are_refused(connect: Any, layer: int) -> None:
    """Known fault S2."""
    client = await connect()
    nearest = functions.help.GetNearestDcRequest()
    with pytest.raises(errors.ConnectionLayerInvalidError):
        await client(functions.InvokeWithLayerRequest(layer, nearest))


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_packed_call_may_be_gzip_or_zlib(pack: Any) -> None:
    """Known fault S2."""
    inner = bytes(functions.help.GetNearestDcRequest())
    packed = struct.pack("<I", 0x3072CFA1) + functions.help.GetNearestDcRequest.serialize_bytes(
        pack(inner)
    )
    assert isinstance(tl_codec.read(packed), functions.help.GetNearestDcRequest)


def test_a_packed_call_is_read_to_its_limit_only() -> None:
    with pytest.raises(ValueError, match="too large"):
        tl_codec.unzip(gzip.compress(b"\0" * (tl_codec.LARGEST_UNZIPPED + 1)))
    for broken in (b"", b"nonsense", gzip.compress(b"half")[:-9]):
        with pytest.raises(ValueError, match="broken"):
            tl_codec.unzip(broken)


async def test_a_file_goes_up_and_comes_down(box: Any, ann: Account, log_in: Any) -> None:
    """Known fault S2: there was no upload.*"""
    bot = box.world.add_bot(owner_id=ann.id, name="Helper", username="helper_bot")
    client = await log_in(ann)
    data = bytes(range(256)) * 4_000
    sent = await client.send_file("helper_bot", data, force_document=True, file_size=len(data))
    [kept] = box.chat(ann.id, bot.id).messages.values()
    assert kept.content.media.kind == "document"
    assert await client.download_media(sent, bytes) == data
    location = types.InputDocumentFileLocation(1, 1, b"", "")
    with pytest.raises(errors.FileIdInvalidError):
        await client(functions.upload.GetFileRequest(location, 0, 4096))


def test_parts_are_checked(box: Any) -> None:
    uploads = box.server.uploads
    for part, data in ((-1, b"x"), (0, b""), (0, b"x" * (512 * 1024 + 1))):
        with pytest.raises(RpcRefusal):
            uploads.keep(1, 2, part, data)
    uploads.keep(1, 2, 0, b"a")
    with pytest.raises(RpcRefusal, match="FILE_PART_1_MISSING"):
        uploads.take(1, 2, 2)
    assert uploads.take(1, 2, 1) == b"a"
    with pytest.raises(RpcRefusal, match="FILE_PARTS_INVALID"):
        uploads.take(1, 2, 1)


@pytest.mark.case(62)
async def test_a_key_in_two_places_is_dead(
    box: Any, ann: Account, log_in: Any, connect: Any
) -> None:
    """Known fault S: AUTH_KEY_DUPLICATED came from a fault only."""
    box.server.most_connections_per_key = 1
    client = await log_in(ann)
    twin = MemorySession()
    twin.set_dc(2, box.server.host, box.server.port)
    twin.auth_key = client.session.auth_key
    with pytest.raises((errors.AuthKeyDuplicatedError, errors.AuthKeyNotFound)):
        await connect(twin)
    assert box.world.logins.sessions(ann.id) == []


@pytest.mark.case(62)
async def test_a_client_that_comes_again_is_not_in_two_places(
    box: Any, ann: Account, log_in: Any
) -> None:
    box.server.most_connections_per_key = 1
    client = await log_in(ann)
    for _ in range(3):
        await client.disconnect()
        await client.connect()
        assert (await client.get_me()).id == ann.id
    box.server.pause(0.1)
    async with asyncio.timeout(10):
        while not box.world.logins.sessions(ann.id):
            await asyncio.sleep(0.05)
    assert (await client.get_me()).id == ann.id


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "sent_code"},
        {"kind": "error", "error_code": "x"},
        {"kind": "hang", "seconds": -1},
        {"kind": "bad_utf8"},
        {"kind": "nonsense"},
    ],
)
def test_a_fault_that_could_never_happen_is_refused(wrong: dict[str, Any]) -> None:
    """Known fault S2: fault values were not checked."""
    with pytest.raises(ApiError):
        Fault.from_json({"protocol": "mtproto", "method": "auth.sendCode", **wrong})
