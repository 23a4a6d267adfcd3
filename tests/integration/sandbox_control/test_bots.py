"""Bots, channels and groups over the control API."""

from __future__ import annotations

from sandbox.seed import demo_facts, seed
from sandbox.world import Account, Bot, World
from tests.integration.sandbox_control.client import Api


async def test_a_bot_is_made_and_its_token_revoked(api: Api, maya: Account, world: World) -> None:
    body = {"owner": maya.id, "name": "Kitchen", "username": "kitchen_bot"}
    made = await api.post("bots", body, status=201)
    assert made["token"].startswith(f"{made['id']}:")
    assert (await api.post("bots", body, status=400))["field"] == "username"
    assert (await api.post("bots", body | {"owner": 5}, status=404))["error"]
    assert (await api.post("bots", {"owner": "x"}, status=400))["field"] == "owner"
    fresh = await api.post(f"bots/{made['id']}/revoke", {})
    assert world.bot_by_token(made["token"]) is None
    assert world.bot_by_token(fresh["token"]) is not None
    await api.post("bots/93372553/revoke", {}, status=404)
    assert all("token" not in bot for bot in await api.get("bots"))


async def test_channels_and_posts(api: Api, maya: Account, omid: Account) -> None:
    channel = await api.post(
        "channels", {"owner": maya.id, "title": "News", "username": "news_here"}, status=201
    )
    post = await api.post(f"channels/{channel['id']}/posts", {"text": "First"}, status=201)
    assert post["from"]["name"] == "News"
    path = f"accounts/{omid.id}/chats/@news_here"
    assert (await api.get(path))["joined"] is False
    await api.post(f"accounts/{omid.id}/join", {"chat": "@news_here"})
    assert (await api.get(f"{path}/messages"))[-1]["text"] == "First"
    assert (await api.get(path))["can_write"] is False
    await api.post(f"accounts/{omid.id}/leave", {"chat": channel["id"]})
    await api.post("channels/5/posts", {"text": "x"}, status=404)


async def test_a_closed_group_is_not_read_from_outside(
    api: Api, maya: Account, omid: Account
) -> None:
    group = await api.post("groups", {"owner": maya.id, "title": "Closed"}, status=201)
    await api.get(f"accounts/{omid.id}/chats/{group['id']}/messages", status=404)


async def test_faults_are_checked_kept_and_cleared(api: Api) -> None:
    fault = {"protocol": "bot", "kind": "retry_after", "method": "sendMessage", "seconds": 3}
    made = await api.post("faults", fault | {"times": 2}, status=201)
    [standing] = await api.get("faults")
    assert standing["id"] == made["id"]
    assert standing["left"] == 2
    for wrong, field in (
        ({"kind": "rain"}, "kind"),
        ({}, "kind"),
        (fault | {"protocol": "ftp"}, "protocol"),
        (fault | {"seconds": "soon"}, "seconds"),
        (fault | {"times": 0}, "times"),
        (fault | {"colour": 1}, "colour"),
        (fault | {"method": "sendMesage"}, "method"),
        ({"kind": "refusal", "refusal": "blokked"}, "refusal"),
    ):
        assert (await api.post("faults", wrong, status=400))["field"] == field
    await api.delete("faults")
    assert await api.get("faults") == []


async def test_health_log_and_peers(api: Api, bot: Bot) -> None:
    health = await api.get("health")
    assert health.pop("run")
    assert health == {
        "ok": True,
        "url": "http://127.0.0.1:1",
        "mtproto": "127.0.0.1:2",
        "public_key": "PEM",
    }
    assert await api.get("log?bot=5&method=getMe") == []
    assert (await api.get("log?bot=x", status=400))["field"] == "bot"
    assert {"helper_bot", "BotFather", "maya_cooks"} <= {
        peer["username"] for peer in await api.get("peers")
    }


async def test_the_demo_names_its_cast(api: Api, world: World) -> None:
    seed(world, "demo")
    facts = await api.get("demo")
    assert facts == demo_facts(world)
    assert world.bot_by_token(facts["control_token"]) is not None
    assert {person["role"] for person in facts["cast"]} >= {"tenant", "visitor", "admin"}
    assert world.bot_by_token(facts["control_token"]).can_manage_bots  # type: ignore[union-attr]
    for person in facts["cast"]:
        for row in await api.get(f"accounts/{person['id']}/chats"):
            await api.get(f"accounts/{person['id']}/chats/{row['id']}/messages")
