"""People over the control API: joining, blocking, sessions."""

from __future__ import annotations

import base64

import pytest

from sandbox.world import Account, Bot, World
from tests.integration.sandbox_control.client import Api


async def test_a_person_joins_and_is_listed(api: Api, world: World) -> None:
    person = await api.post(
        "accounts",
        {"first_name": "Kai", "phone": "+99966 123 456", "username": "kai_berg", "password": "x"},
        status=201,
    )
    assert person["phone"] == "+99966123456"
    assert person["has_password"] is True
    assert await api.get("accounts") == [person]
    assert person["id"] in world.logins.passwords


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "first_name"),
        ({"first_name": "  "}, "first_name"),
        ({"first_name": 5}, "first_name"),
        ({"first_name": "A", "phone": "abc"}, "phone"),
        ({"first_name": "A", "username": "x"}, "username"),
        ({"first_name": "A", "colour": "red"}, "colour"),
        (["A"], "body"),
    ],
)
async def test_a_wrong_person_is_answered_with_the_field(
    api: Api, body: object, field: str
) -> None:
    refused = await api.post("accounts", body, status=400)
    assert refused["field"] == field
    assert refused["error"]


async def test_a_taken_phone_and_username_are_named(api: Api, maya: Account) -> None:
    refused = await api.post("accounts", {"first_name": "A", "phone": maya.phone}, status=400)
    assert refused["field"] == "phone"
    taken = {"first_name": "A", "username": maya.username}
    assert (await api.post("accounts", taken, status=400))["field"] == "username"


async def test_a_body_that_is_no_json_is_refused(api: Api) -> None:
    async with api.client.post("/sandbox/accounts", data=b"{nonsense") as response:
        assert response.status == 400
        assert (await response.json())["field"] == "body"


@pytest.mark.parametrize(
    "path",
    [
        "accounts/5/chats",
        "accounts/maya/chats",
        "accounts/{maya}/chats/@nobody_here",
        "accounts/{maya}/chats/999/messages",
        "bots/5/elsewhere",
        "nothing",
        "demo",
    ],
)
async def test_the_unknown_is_404_with_a_sentence(api: Api, maya: Account, path: str) -> None:
    refused = await api.get(path.format(maya=maya.id), status=404)
    assert refused["error"].endswith(".")


async def test_block_and_unblock(api: Api, maya: Account, bot: Bot) -> None:
    root = f"accounts/{maya.id}"
    await api.post(f"{root}/block", {"chat": f"@{bot.username}"})
    assert (await api.get(f"{root}/chats/{bot.id}"))["blocked"] is True
    refused = await api.post(f"{root}/send", {"chat": bot.id, "text": "hi"}, status=400)
    assert "YOU_BLOCKED_USER" in refused["error"]
    await api.post(f"{root}/unblock", {"chat": bot.id})
    await api.post(f"{root}/send", {"chat": bot.id, "text": "hi"}, status=201)


async def test_login_code_is_the_newest_live_one(api: Api, world: World, maya: Account) -> None:
    path = f"accounts/{maya.id}/login-code"
    assert await api.get(path) == {"code": None}
    world.logins.add_key(1, b"k" * 256, 0)
    code = world.logins.new_code(1, maya.phone, maya.id)
    assert await api.get(path) == {"code": code.code}


async def test_scan_sessions_and_terminate(api: Api, world: World, maya: Account) -> None:
    session = world.logins.add_key(7, b"k" * 256, 0)
    session.device, session.app_version, session.system = "Desk", "1.2", "Linux"
    token = world.logins.new_token(7).token
    url = "tg://login?token=" + base64.urlsafe_b64encode(token).decode().rstrip("=")
    root = f"accounts/{maya.id}"
    accepted = await api.post(f"{root}/scan", {"url": url})
    assert accepted["session"]["device"] == "Desk"
    again = await api.post(f"{root}/scan", {"url": url}, status=400)
    assert again == {"error": "AUTH_TOKEN_INVALID", "code": 400, "field": "url"}
    sessions = await api.get(f"{root}/sessions")
    assert [(one["device"], one["app"]) for one in sessions] == [("Desk", "1.2 on Linux")]
    await api.delete(f"{root}/sessions/{sessions[0]['hash']}")
    assert await api.get(f"{root}/sessions") == []
    await api.delete(f"{root}/sessions/{sessions[0]['hash']}", status=404)
    await api.delete(f"{root}/sessions/abc", status=404)
