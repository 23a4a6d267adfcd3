"""Reading and writing TL that the generated classes do not cover."""

from __future__ import annotations

import struct
import zlib
from datetime import UTC, datetime
from typing import Any

from telethon.errors import TypeNotFoundError
from telethon.extensions import BinaryReader
from telethon.tl import TLObject, functions
from telethon.tl.core import GzipPacked, RpcResult
from telethon.tl.types import RpcError

BOOL_TRUE, BOOL_FALSE, VECTOR = 0x997275B5, 0xBC799737, 0x1CB5C415
WORTH_ZIPPING = 512
LARGEST_UNZIPPED = 4 * 1024 * 1024
GZIP_OR_ZLIB = zlib.MAX_WBITS | 32


def read(body: bytes) -> Any:
    """The object of a body, unpacked if it is gzipped.

    Raises:
        TypeNotFoundError: of a kind this layer does not know.
        ValueError: broken, or larger unpacked than anybody needs.
    """
    try:
        return BinaryReader(_unzipped(body)).tgread_object()
    except (TypeNotFoundError, ValueError):
        raise
    except Exception as error:
        raise ValueError("unreadable TL") from error


def _unzipped(body: bytes) -> bytes:
    if body[:4] != struct.pack("<I", GzipPacked.CONSTRUCTOR_ID):
        return body
    return unzip(BinaryReader(body[4:]).tgread_bytes())


def unzip(packed: bytes) -> bytes:
    """Unpack gzip, or zlib as some clients use it.

    https://core.telegram.org/mtproto/service_messages#packed-object

    Raises:
        ValueError: broken, or larger unpacked than anybody needs.
    """
    stream = zlib.decompressobj(GZIP_OR_ZLIB)
    try:
        unpacked = stream.decompress(packed, LARGEST_UNZIPPED + 1)
    except zlib.error as error:
        raise ValueError("broken gzip") from error
    if len(unpacked) > LARGEST_UNZIPPED:
        raise ValueError("too large")
    if not stream.eof:
        raise ValueError("broken gzip")
    return unpacked


def write(value: Any) -> bytes:
    """An object, a bool, or a vector of objects or of longs, with its constructor."""
    if isinstance(value, bool):
        return struct.pack("<I", BOOL_TRUE if value else BOOL_FALSE)
    if isinstance(value, list):
        return struct.pack("<II", VECTOR, len(value)) + b"".join(map(write, value))
    return bytes(value)


def result(request_id: int, value: Any) -> bytes:
    """``rpc_result`` of a call, its content gzipped when that makes it smaller."""
    body = write(value)
    if len(body) > WORTH_ZIPPING:
        zipped = bytes(GzipPacked(body))
        body = min(body, zipped, key=len)
    return struct.pack("<Iq", RpcResult.CONSTRUCTOR_ID, request_id) + body


def refusal(request_id: int, code: int, name: str) -> bytes:
    """``rpc_result`` that is an error."""
    error = struct.pack("<Ii", RpcError.CONSTRUCTOR_ID, code)
    text: bytes = TLObject.serialize_bytes(name)
    return struct.pack("<Iq", RpcResult.CONSTRUCTOR_ID, request_id) + error + text


def method_name(request: Any) -> str:
    """A request's name as the schema has it: ``auth.sendCode``."""
    kind = type(request)
    bare = kind.__name__.removesuffix("Request")
    bare = bare[0].lower() + bare[1:]
    space = kind.__module__.removeprefix(functions.__name__).removeprefix(".")
    return f"{space}.{bare}" if space else bare


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
