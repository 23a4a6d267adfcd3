"""The web page in a browser."""

from __future__ import annotations

import asyncio
import base64
import io
import time

import pytest
import segno
from playwright.async_api import expect

from sandbox.seed import CONTROL_USERNAME
from sandbox.seed_images import landscape
from sandbox.world import (
    Bot,
    Button,
    CallbackPressed,
    Command,
    Content,
    Entity,
    Markup,
    Media,
    MessageSent,
    RequestManagedBot,
    World,
    WorldEvent,
)
from sandbox.world.commands import list_key
from tests.integration.sandbox_web.phones import Phones

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture
def control(world: World) -> Bot:
    return world.bot(world.peer(f"@{CONTROL_USERNAME}").id)


async def test_two_people_talk_live(phones: Phones) -> None:
    maya = await phones.open("maya_cooks", "omid_writes")
    omid = await phones.open("omid_writes", "maya_cooks")
    await phones.say(maya, "Fresh bread!")
    mine = maya.locator(".msg", has_text="Fresh bread")
    theirs = omid.locator(".msg", has_text="Fresh bread")
    await expect(mine).to_have_attribute("data-side", "out")
    await expect(theirs).to_have_attribute("data-side", "in")

    await phones.say(omid, "خوشمزه است")
    await expect(maya.locator(".msg").last).to_contain_text("خوشمزه است")
    direction = "element => getComputedStyle(element).direction"
    assert await maya.locator(".msg").last.locator(".text").evaluate(direction) == "rtl"

    await maya.get_by_role("textbox", name="Message").press("ArrowUp")
    await phones.say(maya, "Fresh bread and olives!")
    await expect(omid.locator(".msg", has_text="olives")).to_have_attribute("data-edited", "true")
    await mine.click(button="right")
    await maya.get_by_role("menuitem", name="Delete").click()
    await maya.get_by_role("button", name="Delete").click()
    await expect(omid.locator(".msg", has_text="olives")).to_have_count(0)


async def test_start_buttons_toasts_and_alerts(phones: Phones, world: World, control: Bot) -> None:
    keys = Markup(
        kind="inline",
        rows=(
            (Button(text="Softly", data="soft"), Button(text="Loudly", data="loud")),
            (Button(text="Change", data="edit", more={"style": "success"}),),
        ),
    )

    def answer(event: WorldEvent) -> None:
        if not isinstance(event, CallbackPressed):
            return
        loud = event.data == "loud"
        if event.data == "edit":
            world.edit(
                control.id, event.chat, event.message.id, content=Content(text="Changed"),
                markup=None,
            )  # fmt: skip
        world.answer_callback(control.id, event.callback_id, text="Done so", alert=loud)

    world.hub.listen(answer)
    maya = await phones.open("maya_cooks", CONTROL_USERNAME)
    await expect(maya.get_by_text("What can this bot do?")).to_be_visible()
    await maya.get_by_role("button", name="START").click()
    await expect(maya.locator(".msg")).to_contain_text("/start")
    chat = phones.chat("maya_cooks", CONTROL_USERNAME)
    world.send(control.id, chat, Content(text="How?"), markup=keys)
    await maya.get_by_role("button", name="Softly").click()
    await expect(maya.locator(".toast")).to_have_text("Done so")
    await maya.get_by_role("button", name="Loudly").click()
    await expect(maya.get_by_role("alertdialog")).to_contain_text("Done so")
    await phones.page.keyboard.press("Enter")
    await expect(maya.get_by_role("alertdialog")).to_have_count(0)
    await maya.get_by_role("button", name="Change").click()
    await expect(maya.locator(".msg", has_text="Changed")).to_be_visible()
    await expect(maya.locator(".key")).to_have_count(0)


async def test_commands_by_keyboard(phones: Phones, world: World, control: Bot) -> None:
    control.commands[list_key(None, "")] = [
        Command(command="start", description="begin"),
        Command(command="settings", description="language"),
        Command(command="status", description="your bots"),
    ]
    world.start(phones.id_of("maya_cooks"), control.id)
    maya = await phones.open("maya_cooks", CONTROL_USERNAME)
    field = maya.get_by_role("textbox", name="Message")
    await field.press_sequentially("/s")
    await expect(maya.get_by_role("option")).to_have_count(3)
    await field.press("ArrowDown")
    await field.press("Enter")
    await expect(maya.locator(".msg").last).to_contain_text("/settings")
    await maya.get_by_role("button", name="Menu").click()
    await expect(maya.get_by_role("option")).to_have_count(3)


async def test_a_managed_bot_by_button_and_by_link(
    phones: Phones, world: World, control: Bot
) -> None:
    world.start(phones.id_of("maya_cooks"), control.id)
    asked = RequestManagedBot(
        request_id=1, suggested_name="Maya’s Bot", suggested_username="maya_one_bot"
    )
    keys = Markup(
        kind="reply", rows=((Button(text="Create a bot", request_managed_bot=asked),),), resize=True
    )
    chat = phones.chat("maya_cooks", CONTROL_USERNAME)
    maya = await phones.open("maya_cooks", CONTROL_USERNAME)
    world.send(control.id, chat, Content(text="Tap below"), markup=keys)
    await maya.get_by_role("button", name="Create a bot").click()
    sheet = maya.get_by_role("dialog", name="New bot")
    await sheet.get_by_label("Username").fill("not_a_b0t")
    await sheet.get_by_role("button", name="Create the bot").click()
    await expect(sheet.get_by_role("alert")).to_contain_text("Usernames have 5 to 32")
    await sheet.get_by_label("Username").fill("maya_one_bot")
    await sheet.get_by_role("button", name="Create the bot").click()
    await expect(maya.locator(".service").last).to_contain_text("created the bot @maya_one_bot")
    await expect(phones.page.locator('[data-step="create"]')).to_have_attribute(
        "data-state", "done"
    )

    link = f"https://t.me/newbot/{CONTROL_USERNAME}/maya_two_bot?name=Two"
    world.send(control.id, chat, Content(text=f"Or {link}"))
    await maya.get_by_role("link", name="newbot").click()
    await expect(sheet.get_by_label("Username")).to_have_value("maya_two_bot")
    await sheet.get_by_role("button", name="Create the bot").click()
    await expect(sheet).to_have_count(0)
    assert [bot.username for bot in world.bots_of(phones.id_of("maya_cooks"))] == [
        "maya_one_bot",
        "maya_two_bot",
    ]


async def test_a_deep_link_opens_the_bot_with_start(phones: Phones) -> None:
    maya = await phones.open("maya_cooks", "dana_owns")
    await maya.get_by_role("link", name="t.me/ControlBot").click()
    await maya.get_by_role("button", name="START").click()
    await expect(maya.locator(".msg").last).to_contain_text("/start demo")


async def test_scan_qr_sessions_and_terminate(phones: Phones, world: World, control: Bot) -> None:
    maya_id = phones.id_of("maya_cooks")
    world.start(maya_id, control.id)
    session = world.logins.add_key(5, b"k" * 256, 0)
    session.device, session.app_version, session.system = "Control Bot", "1.0", "Linux"
    token = base64.urlsafe_b64encode(world.logins.new_token(5).token).decode().rstrip("=")
    picture = io.BytesIO()
    segno.make(f"tg://login?token={token}").save(picture, kind="png", scale=6, border=4)
    file = world.files.put(picture.getvalue(), "qr.png", "image/png")
    chat = phones.chat("maya_cooks", CONTROL_USERNAME)
    content = Content(text="Scan me", media=Media(kind="photo", file=file))
    world.send(control.id, chat, content)

    maya = await phones.open("maya_cooks", CONTROL_USERNAME)
    await maya.get_by_role("button", name="Scan QR").click()
    await maya.get_by_role("button", name="Log in the new device").click()
    await expect(maya.locator(".toast")).to_have_text("The new device is logged in")
    assert world.logins.sessions(maya_id) == [session]
    await expect(phones.page.locator('[data-step="connect"]')).to_have_attribute(
        "data-state", "done"
    )
    await maya.get_by_role("button", name="Sessions").click()
    sheet = maya.get_by_role("dialog", name="Sessions")
    await expect(sheet).to_contain_text("1.0 on Linux")
    await sheet.get_by_role("button", name="Terminate Control Bot").click()
    await expect(sheet).to_contain_text("No other device")
    assert world.logins.sessions(maya_id) == []


async def test_a_thousand_messages_stay_quick(phones: Phones, world: World) -> None:
    chat = phones.chat("maya_cooks", "omid_writes")
    omid_id = phones.id_of("omid_writes")
    for number in range(1_000):
        world.send(omid_id, chat, Content(text=f"Message {number}"))
    maya = await phones.open("maya_cooks", "omid_writes")
    await expect(maya.locator(".msg").last).to_contain_text("Message 999")
    scroller = maya.locator(".scroll")
    deadline = time.monotonic() + 20
    while not await maya.get_by_text("Message 0", exact=True).count():
        assert time.monotonic() < deadline, await maya.locator(".msg").count()
        await scroller.evaluate("element => { element.scrollTop = 0; }")
        await asyncio.sleep(0.05)
    while await maya.locator(".msg").count() < 1_000:
        assert time.monotonic() < deadline, await maya.locator(".msg").count()
        await asyncio.sleep(0.05)
    await maya.get_by_role("button", name="To the latest message").click()

    await maya.locator(".messages").evaluate(
        """list => { window.touched = 0; new MutationObserver(found => {
            for (const { addedNodes, removedNodes } of found)
                window.touched += addedNodes.length + removedNodes.length;
        }).observe(list, { childList: true }); }"""
    )
    for number in range(20):
        world.send(omid_id, chat, Content(text=f"Late {number}"))
    await expect(maya.locator(".msg").last).to_contain_text("Late 19")
    assert await phones.page.evaluate("window.touched") == 20


async def test_a_broken_line_is_caught_up(phones: Phones, world: World) -> None:
    maya = await phones.open("maya_cooks", "omid_writes")
    chat = phones.chat("maya_cooks", "omid_writes")
    await phones.page.context.set_offline(True)
    message = world.send(phones.id_of("omid_writes"), chat, Content(text="While you were away"))
    await phones.page.context.set_offline(False)
    await expect(maya.locator(f'[data-message="{message.id}"]')).to_be_visible(timeout=15_000)


async def test_the_address_remembers_the_phones(phones: Phones) -> None:
    await phones.open("dana_owns", "maya_cooks")
    address = phones.page.url
    assert f"{phones.id_of('dana_owns')}:{phones.id_of('maya_cooks')}" in address
    await phones.load(f"?phones={phones.id_of('kai_careful')},{phones.id_of('lena_reads')}")
    await expect(phones.page.locator(".slot")).to_have_count(2)
    await phones.phone("kai_careful").locator(".owner-name").click()
    await phones.page.get_by_role("menuitem", name="Maya Lind").click()
    await expect(phones.phone("maya_cooks")).to_be_visible()


async def test_markup_is_never_html(phones: Phones, world: World) -> None:
    chat = phones.chat("maya_cooks", "omid_writes")
    nasty = "<img src=x onerror=alert(1)> & hidden words"
    entities = (
        Entity(type="bold", offset=0, length=4),
        Entity(type="spoiler", offset=31, length=6),
    )
    world.send(phones.id_of("omid_writes"), chat, Content(text=nasty, entities=entities))
    maya = await phones.open("maya_cooks", "omid_writes")
    bubble = maya.locator(".msg").last.locator(".text")
    await expect(bubble).to_have_text(nasty)
    await expect(bubble.locator("b")).to_have_text("<img")
    await bubble.locator(".spoiler").click()
    await expect(bubble.locator(".spoiler")).to_have_class("spoiler shown")


async def test_a_picture_is_attached_and_forwarded(phones: Phones) -> None:
    maya = await phones.open("maya_cooks", "omid_writes")
    data, _, _ = landscape("hills")
    await maya.locator("input[type=file]").set_input_files(
        {"name": "hills.png", "mimeType": "image/png", "buffer": data}
    )
    await phones.say(maya, "From the window")
    sent = maya.locator(".msg", has_text="From the window")
    await expect(sent.locator("img")).to_be_visible()
    await sent.click(button="right")
    await maya.get_by_role("menuitem", name="Forward").click()
    await maya.get_by_role("dialog", name="Forward to").get_by_text("Dana Okoro").click()
    dana = await phones.open("dana_owns", "maya_cooks")
    await expect(dana.locator(".msg").last).to_contain_text("Forwarded from Maya Lind")


async def test_what_a_bot_swallows_stays_away(phones: Phones, world: World, control: Bot) -> None:
    """A secret is deleted so fast that its sender's own answer comes later."""

    def swallow(event: WorldEvent) -> None:
        if isinstance(event, MessageSent) and "secret" in event.message.content.text:
            world.delete(control.id, event.chat, [event.message.id])

    maya = await phones.open("maya_cooks", CONTROL_USERNAME)
    await maya.locator(".big-button").click()
    await expect(maya.locator(".msg", has_text="/start")).to_be_visible()
    unlisten = world.hub.listen(swallow)
    try:
        await phones.say(maya, "a secret")
        await phones.say(maya, "another word")
        await expect(maya.locator(".msg", has_text="another word")).to_be_visible()
        await expect(maya.locator(".msg", has_text="secret")).to_have_count(0)
    finally:
        unlisten()


async def test_block_unblock_and_clear(phones: Phones, world: World, control: Bot) -> None:
    world.start(phones.id_of("maya_cooks"), control.id)
    maya = await phones.open("maya_cooks", CONTROL_USERNAME)
    await maya.locator(".peer").click()
    await maya.get_by_role("button", name="Stop and block").click()
    await maya.get_by_role("button", name="RESTART BOT").click()
    await expect(maya.locator(".msg")).to_have_count(2)
    await maya.locator(".peer").click()
    await maya.get_by_role("button", name="Clear the chat").click()
    await expect(maya.locator(".msg")).to_have_count(0)


async def test_botfather_on_the_page(phones: Phones, world: World) -> None:
    dana = await phones.open("dana_owns", "BotFather")
    await dana.get_by_role("button", name="START").click()
    for words in ("/newbot", "House", "house_of_dana_bot"):
        await phones.say(dana, words)
    await expect(dana.locator(".msg").last).to_contain_text("Done! Congratulations")
    [_, bot] = world.bots_of(phones.id_of("dana_owns"))
    await expect(dana.locator(".msg").last.locator("code")).to_have_text(bot.token)


async def test_topics_are_tabs(phones: Phones, world: World) -> None:
    group = next(iter(world.state.groups))
    await phones.load(f"?phones={phones.id_of('maya_cooks')}:{group}")
    maya = phones.phone("maya_cooks")
    await maya.get_by_role("tab", name="Markets").click()
    await expect(maya.locator(".msg")).to_have_count(1)
    await phones.say(maya, "Plums too")
    await expect(maya.locator(".msg")).to_have_count(2)
    await maya.get_by_role("tab", name="Recipes").click()
    await expect(maya.locator(".msg", has_text="Plums")).to_have_count(0)


@pytest.mark.parametrize(("version", "error"), [(2, "l"), (5, "m"), (7, "q"), (11, "h"), (20, "m")])
async def test_the_scanner_reads_every_size(phones: Phones, version: int, error: str) -> None:
    text = "tg://login?token=" + "x9" * 4 if version == 2 else "tg://login?token=" + "aZ_-" * 6
    picture = io.BytesIO()
    code = segno.make(text, version=version, error=error, boost_error=False, micro=False)
    code.save(picture, kind="png", scale=5, border=3, dark="#1b2b3b", light="#fff")
    encoded = base64.b64encode(picture.getvalue()).decode()
    read = await phones.page.evaluate(
        """async data => {
            const { readQr } = await import("/web/js/qr.js");
            const image = new Image();
            image.src = `data:image/png;base64,${data}`;
            await image.decode();
            const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
            const context = canvas.getContext("2d");
            context.drawImage(image, 0, 0);
            return readQr(context.getImageData(0, 0, canvas.width, canvas.height));
        }""",
        encoded,
    )
    assert read == text
