"""The story clicked in a headless Chromium, through the sandbox's web page and the demo's cast.

Screenshots go to ``build/screenshots``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, ViewportSize

from controlbot.app import App
from sandbox.app import Sandbox
from tests.support.browser import chromium
from tests.support.platform_env import Stage, demo_stage
from tests.support.progress import step
from tests.support.sandbox_client import ControlApi
from tests.support.web_page import Phone, picture

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
WIDE: ViewportSize = {"width": 1500, "height": 900}
CONTROL = "ControlBot"
BOT = "maya_kitchen_bot"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """The demo's cast in a sandbox of this process."""
    async with Sandbox(seed="demo") as box, ControlApi(box.url) as api:
        yield await demo_stage(api, tmp_path)


@pytest.fixture
async def page(stage: Stage) -> AsyncIterator[Page]:
    """The sandbox's page, wide enough for three phones; an error in it fails the test."""
    async with chromium() as browser:
        page = await browser.new_page(viewport=WIDE)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        await page.goto(stage.api.url)
        await page.locator("body[data-ready=true]").wait_for()
        yield page
        assert not problems


@pytest.mark.story
@pytest.mark.browser
async def test_the_story_clicked(page: Page, platform: App) -> None:
    """The story clicked through the web page in a browser."""
    maya, omid, dana = (Phone(page, name) for name in ("Maya", "امید", "Dana"))

    step("Maya opens the control bot, picks a language and agrees")
    await maya.open(CONTROL)
    await maya.start()
    await maya.press("English")
    await maya.see("What we keep")
    await picture(page, PICTURES / "welcome.png")
    await maya.press("I agree")

    step("she creates a bot with one tap")
    await maya.press("Create a bot")
    await maya.press("Create my bot")
    await maya.fill_form("Create the bot", name="Maya’s Kitchen", username=BOT)
    await maya.see("is yours to run here")

    step("she connects her account by scanning the QR code")
    await maya.press("Scan a QR code")
    await maya.see("Scan this with another device")
    await picture(page, PICTURES / "qr.png")
    await maya.scan()
    await maya.see("is connected")

    step("her card turns to online by itself")
    await maya.see("Online")
    await maya.open(BOT)
    await maya.start()

    step("Omid writes to the bot in Persian, and Maya replies")
    await omid.open(BOT)
    await omid.start()
    await omid.write("سلام! یکشنبه‌ها باز هستید؟")
    await maya.reply("یکشنبه‌ها", "از ساعت هفت، خوش آمدید!")
    await omid.see("از ساعت هفت")

    step("Dana suspends the bot at her desk, and Maya is told why")
    await dana.open(CONTROL)
    await dana.start()
    await dana.write("/admin")
    await dana.press(BOT)
    await picture(page, PICTURES / "story.png")
    await dana.press("Suspend")
    await dana.write("Complaints about the soup")
    await dana.press("Until it is lifted")
    await dana.press("Yes, suspend")
    await maya.open(CONTROL)
    await maya.see("Complaints about the soup")
    await picture(page, PICTURES / "suspended.png")

    step("Dana lifts the suspension")
    await dana.press("Lift the suspension")
    await maya.see("Online")
