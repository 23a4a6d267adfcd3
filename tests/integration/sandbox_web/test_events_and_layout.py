"""The page: events that overtake answers, narrow windows, drafts and long texts."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Route, expect

from sandbox.world import Content, MessageSent, World, WorldEvent
from tests.integration.sandbox_web.phones import Phones

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


async def test_guide_can_be_closed_in_a_narrow_window(phones: Phones) -> None:
    """U11: at 1080 px and less the guide covers the button that opened it."""
    await phones.page.set_viewport_size({"width": 1000, "height": 700})
    guide = phones.page.get_by_role("complementary", name="Guide")
    button = phones.page.get_by_role("button", name="Guide", exact=True)
    if not await guide.is_visible():
        await button.click()
    await guide.get_by_role("button", name="Close the guide").click()
    await expect(guide).to_be_hidden()
    await button.click()
    await guide.get_by_role("button", name="Close the guide").press("Escape")
    await expect(guide).to_be_hidden()


async def test_reaction_stays_when_the_answer_to_sending_comes_later(
    phones: Phones, world: World
) -> None:
    """U12: the answer to the page's own request is older than what the stream has said since."""
    maya = await phones.open("maya_cooks", "omid_writes")
    omid = phones.id_of("omid_writes")

    def react(event: WorldEvent) -> None:
        if isinstance(event, MessageSent) and event.message.content.text == "React to this":
            asyncio.get_running_loop().call_later(
                0.05, world.react, omid, event.chat, event.message.id, ("🔥",)
            )

    async def late(route: Route) -> None:
        response = await route.fetch()
        await asyncio.sleep(0.5)
        await route.fulfill(response=response)

    unlisten = world.hub.listen(react)
    await phones.page.route("**/send", late)
    try:
        async with phones.page.expect_response("**/send"):
            await phones.say(maya, "React to this")
        bubble = maya.locator(".msg", has_text="React to this")
        await phones.page.wait_for_timeout(150)
        await expect(bubble.locator(".reactions")).to_contain_text("🔥")
    finally:
        unlisten()


async def test_events_during_loading_are_applied_after_it(phones: Phones, world: World) -> None:
    """U12: a page of messages that was fetched before an event does not undo the event."""
    maya, omid = phones.id_of("maya_cooks"), phones.id_of("omid_writes")
    chat = phones.chat("maya_cooks", "omid_writes")
    message = world.send(omid, chat, Content(text="Still to be seen"))

    async def late(route: Route) -> None:
        response = await route.fetch()
        world.react(omid, chat, message.id, ("👍",))
        await asyncio.sleep(0.3)
        await route.fulfill(response=response)

    await phones.page.route(f"**/accounts/{maya}/chats/*/messages*", late)
    phone = await phones.open("maya_cooks", "omid_writes")
    bubble = phone.locator(".msg", has_text="Still to be seen")
    await expect(bubble.locator(".reactions")).to_contain_text("👍")
    await phones.page.wait_for_timeout(400)
    await expect(bubble.locator(".reactions")).to_contain_text("👍")


async def test_draft_is_kept_while_another_chat_is_open(phones: Phones) -> None:
    maya = await phones.open("maya_cooks", "omid_writes")
    field = maya.get_by_role("textbox", name="Message")
    await field.fill("Half a thought")
    await phones.open("maya_cooks", "dana_owns")
    await expect(field).to_have_value("")
    await phones.open("maya_cooks", "omid_writes")
    await expect(field).to_have_value("Half a thought")
    await field.press("Enter")
    await expect(maya.locator(".msg").last).to_contain_text("Half a thought")
    await phones.open("maya_cooks", "dana_owns")
    await phones.open("maya_cooks", "omid_writes")
    await expect(field).to_have_value("")


async def test_text_over_the_limit_is_kept_and_explained(phones: Phones) -> None:
    maya = await phones.open("maya_cooks", "omid_writes")
    field = maya.get_by_role("textbox", name="Message")
    await field.fill("x" * 4097)
    await field.press("Enter")
    await expect(maya.locator(".toast")).to_contain_text("4096 characters at most")
    assert len(await field.input_value()) == 4097


async def test_long_right_to_left_preview_shows_its_beginning(phones: Phones, world: World) -> None:
    chat = phones.chat("maya_cooks", "omid_writes")
    world.send(phones.id_of("maya_cooks"), chat, Content(text="آغاز " + "و باز هم ادامه " * 12))
    phone = phones.phone("maya_cooks")
    line = phone.locator(f'[data-chat="{phones.id_of("omid_writes")}"] .row-last')
    await expect(line).to_contain_text("آغاز")
    assert await line.evaluate("element => getComputedStyle(element).direction") == "rtl"
