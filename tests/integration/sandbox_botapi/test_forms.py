"""Multipart forms and queries as clients really send them."""

from __future__ import annotations

import pytest

from sandbox.app import Sandbox
from sandbox.botapi.multipart import disposition
from tests.integration.sandbox_botapi.bot_stage import BotStage

BOUNDARY = "b0undary"


def form(*parts: tuple[bytes, bytes]) -> bytes:
    """A body of parts with these dispositions."""
    body = b""
    for head, data in parts:
        body += b"--" + BOUNDARY.encode() + b"\r\nContent-Disposition: form-data; " + head
        body += b"\r\nContent-Type: application/x-wrong\r\n\r\n" + data + b"\r\n"
    return body + b"--" + BOUNDARY.encode() + b"--\r\n"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b'name="document"; filename="a b.txt"', "a b.txt"),
        (b"name=document; filename=a b.txt", "a b.txt"),
        ("name=document; filename=отчёт за май.txt".encode(), "отчёт за май.txt"),
        ('name="document"; filename="گزارش.txt"'.encode(), "گزارش.txt"),
        (b'name="document"; filename="x"; filename*=UTF-8\'\'%D0%B0.txt', "а.txt"),
        (b'name="document"; filename="a\\"b.txt"', 'a"b.txt'),
        (b'name="document"; filename=""', "file"),
    ],
)
async def test_file_names(stage: BotStage, head: bytes, name: str) -> None:
    """S2: unquoted file names with blanks or non-ASCII letters, an empty file name."""
    body = form((b'name="chat_id"', str(stage.person.id).encode()), (head, b"hello"))
    url = f"{stage.url}/bot{stage.bot.token}/sendDocument"
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    async with stage.http.post(url, data=body, headers=headers) as response:
        answer = await response.json()
    assert answer["ok"], answer
    document = answer["result"]["document"]
    assert document["file_name"] == name
    if name.endswith(".txt"):
        assert document["mime_type"] == "text/plain"


@pytest.mark.parametrize(
    "body", [b"", b"nonsense", b"--b0undary", b"--b0undary\r\n\r\n", form((b"", b"x"))]
)
async def test_broken_forms(stage: BotStage, body: bytes) -> None:
    url = f"{stage.url}/bot{stage.bot.token}/getMe"
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    async with stage.http.post(url, data=body, headers=headers) as response:
        assert response.status in (200, 400)
    async with stage.http.post(
        url, data=body, headers={"Content-Type": "multipart/form-data"}
    ) as response:
        assert response.status in (200, 400)


def test_dispositions() -> None:
    assert disposition("form-data; name=a; filename=b;c") == {"name": "a", "filename": "b"}
    assert disposition("form-data") == {}
    assert disposition("form-data; name*=no-charset'x") == {"name": ""}


async def test_long_queries(stage: BotStage) -> None:
    """S2: a query over 8,190 bytes."""
    async with Sandbox() as box:
        person = box.world.add_account(first_name="Ada")
        bot = box.world.add_bot(owner_id=person.id, name="E", username="e_bot")
        box.world.start(person.id, bot.id)
        query = {"chat_id": str(person.id), "text": "ж" * 4_000}
        url = f"{box.url}/bot{bot.token}/sendMessage"
        async with stage.http.get(url, params=query) as response:
            assert len(str(response.request_info.url)) > 20_000
            assert (await response.json())["result"]["text"] == query["text"]
