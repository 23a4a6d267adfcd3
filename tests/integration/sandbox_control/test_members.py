"""Groups and channels over the control API, as an admin bot hears of them."""

from __future__ import annotations

from typing import Any

import pytest
from aiogram.exceptions import TelegramBadRequest, TelegramMigrateToChat

from sandbox.world import Account, Bot, Group, World
from tests.integration.sandbox_control.client import Api

KINDS = ["message", "my_chat_member", "chat_member", "chat_join_request", "chat_boost"]


@pytest.fixture
def group(world: World, maya: Account, bot: Bot) -> Group:
    return world.add_group(maya.id, "Kitchen", forum=True)


async def updates(aiogram: Any) -> list[Any]:
    """New updates; they are confirmed."""
    found: list[Any] = await aiogram.get_updates(allowed_updates=KINDS)
    if found:
        await aiogram.get_updates(offset=found[-1].update_id + 1, timeout=0)
    return found


async def test_members_and_bots_are_promoted(
    api: Api, maya: Account, omid: Account, bot: Bot, group: Group, aiogram: Any
) -> None:
    """S2: promoting members and bots with rights, demoting, restricting, removing."""
    await updates(aiogram)
    path = f"accounts/{maya.id}/chats/{group.id}/members"

    async def put(user_id: int, status: str, **more: object) -> Any:
        return await api.post(path, {"user": user_id, "status": status, **more})

    made = await put(bot.id, "administrator", rights=["can_restrict_members"], title="Helper")
    assert (made["rights"], made["title"]) == (["can_restrict_members"], "Helper")
    assert (await updates(aiogram))[-1].my_chat_member.new_chat_member.can_restrict_members
    await put(omid.id, "administrator")
    await put(omid.id, "member")
    await put(omid.id, "restricted", permissions=["can_send_messages"])
    await put(omid.id, "kicked")
    await put(omid.id, "left")
    await put(omid.id, "member")
    changes = [one.chat_member.new_chat_member for one in await updates(aiogram) if one.chat_member]
    assert [one.status for one in changes] == [
        "member", "administrator", "member", "restricted", "kicked", "left", "member",
    ]  # fmt: skip
    restricted = changes[3]
    assert (restricted.can_send_messages, restricted.can_send_photos) == (True, False)
    assert await aiogram.ban_chat_member(group.id, omid.id)
    await put(bot.id, "member")
    with pytest.raises(TelegramBadRequest):
        await aiogram.unban_chat_member(group.id, omid.id)
    assert (await api.post(path, {"user": omid.id, "status": "king"}, status=400))["field"]
    assert len(await api.get(path)) == 3


async def test_links_and_requests(
    api: Api, maya: Account, omid: Account, bot: Bot, group: Group, aiogram: Any
) -> None:
    path = f"accounts/{maya.id}/chats/{group.id}"
    await api.post(f"{path}/members", {"user": bot.id, "status": "administrator"})
    await updates(aiogram)
    link = await api.post(f"{path}/links", {"by_request": True, "name": "Ours"}, status=201)
    follow = f"accounts/{omid.id}/follow-link"
    assert await api.post(follow, {"url": link["url"]}) == {"joined": False}
    request = (await updates(aiogram))[0].chat_join_request
    assert (request.from_user.id, request.invite_link.name) == (omid.id, "Ours")
    assert await aiogram.send_message(request.user_chat_id, "A moment")
    assert await aiogram.approve_chat_join_request(group.id, omid.id)
    came = [one.chat_member for one in await updates(aiogram) if one.chat_member]
    assert came[0].invite_link.name == "Ours"
    own = await aiogram.create_chat_invite_link(group.id, member_limit=1)
    guest = await api.post("accounts", {"first_name": "Guest"}, status=201)
    late = await api.post("accounts", {"first_name": "Late"}, status=201)
    url = {"url": own.invite_link}
    assert await api.post(f"accounts/{guest['id']}/follow-link", url) == {"joined": True}
    refused = await api.post(f"accounts/{late['id']}/follow-link", url, status=400)
    assert "INVITE_HASH_EXPIRED" in refused["error"]


async def test_topics_upgrades_and_boosts(
    api: Api, maya: Account, bot: Bot, group: Group, world: World, aiogram: Any
) -> None:
    path = f"accounts/{maya.id}/chats/{group.id}"
    await api.post(f"{path}/members", {"user": bot.id, "status": "administrator"})
    await updates(aiogram)
    topic = await api.post(f"{path}/topics", {"name": "Plans"}, status=201)
    await api.ask("PATCH", f"{path}/topics/{topic['id']}", {"name": "Menus", "closed": True})
    await api.delete(f"{path}/topics/{topic['id']}")
    made, renamed, closed = [one.message for one in await updates(aiogram)]
    assert made.forum_topic_created.name == "Plans"
    assert renamed.forum_topic_edited.name == "Menus"
    assert closed.forum_topic_closed
    await api.post(f"{path}/boost", {}, status=201)
    assert (await updates(aiogram))[0].chat_boost.boost.source.user.id == maya.id
    assert (await aiogram.get_user_chat_boosts(group.id, maya.id)).boosts
    old = await api.post(
        "groups", {"owner": maya.id, "title": "Old", "basic": True, "members": [bot.id]}, status=201
    )
    await updates(aiogram)
    new = await api.post(f"accounts/{maya.id}/chats/{old['id']}/upgrade", {}, status=201)
    moved = [one.message for one in await updates(aiogram) if one.message]
    assert new["id"] in [one.migrate_to_chat_id for one in moved]
    with pytest.raises(TelegramMigrateToChat) as refused:
        await aiogram.send_message(old["id"], "still here?")
    assert refused.value.migrate_to_chat_id == new["id"]


async def test_topics_of_a_private_chat(
    api: Api, maya: Account, bot: Bot, world: World, aiogram: Any
) -> None:
    world.start(maya.id, bot.id)
    await api.ask("PATCH", f"bots/{bot.id}", {"topics_enabled": True})
    path = f"accounts/{maya.id}/chats/{bot.id}/topics"
    topic = (await api.post(path, {"name": "Orders"}, status=201))["id"]
    sent = await aiogram.send_message(maya.id, "here", message_thread_id=topic)
    assert (sent.message_thread_id, sent.is_topic_message) == (topic, True)
    await api.delete(f"{path}/{topic}")
    with pytest.raises(TelegramBadRequest, match="message thread not found"):
        await aiogram.send_message(maya.id, "gone", message_thread_id=topic)
