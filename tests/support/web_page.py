"""The sandbox's web page as a person uses it: phones, chats, buttons."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

PATIENCE_MS = 20_000


class Phone:
    """One of the phones on the page."""

    def __init__(self, page: Page, owner: str) -> None:
        self._page = page
        self._root = page.locator("section.slot").filter(
            has=page.locator(".owner-name", has_text=owner)
        )

    async def open(self, name: str) -> None:
        """Find somebody by name and open the chat with them."""
        back = self._root.get_by_label("Back to the chats")
        if await back.count():
            await back.click()
        await self._root.get_by_label("Search people and bots").fill(name)
        row = self._root.get_by_label("Found", exact=True).locator(".row").first
        await row.click(timeout=PATIENCE_MS)
        await expect(self._log()).to_be_visible(timeout=PATIENCE_MS)

    async def start(self) -> None:
        """The big button of a chat with a bot."""
        await self._root.locator(".big-button").click(timeout=PATIENCE_MS)

    async def write(self, text: str) -> None:
        field = self._root.locator("footer textarea")
        await field.fill(text, timeout=PATIENCE_MS)
        await field.press("Enter")

    async def reply(self, to: str, text: str) -> None:
        """Double-click a message and answer it."""
        await self._bubble(to).dblclick(timeout=PATIENCE_MS)
        await self.write(text)

    async def press(self, text: str) -> None:
        """The newest inline button, or the keyboard's, that says ``text``."""
        key = self._root.locator(".inline-keys .key, .reply-keys button", has_text=text).last
        await key.click(timeout=PATIENCE_MS)

    async def see(self, text: str) -> Locator:
        """Wait until a message that contains ``text`` can be seen."""
        bubble = self._bubble(text)
        await expect(bubble).to_be_visible(timeout=PATIENCE_MS)
        return bubble

    async def fill_form(self, submit: str, **values: str) -> None:
        """The sheet that is up: its fields by name, then its button."""
        for name, value in values.items():
            await self._root.locator(f"input[name={name}]").fill(value, timeout=PATIENCE_MS)
        await self._root.get_by_role("button", name=submit).click(timeout=PATIENCE_MS)

    async def scan(self) -> None:
        """Hold the camera to the login code on the screen and accept."""
        await self._root.get_by_label("Scan QR", exact=True).first.click()
        await self._root.get_by_role("button", name="Log in the new device").click(
            timeout=PATIENCE_MS
        )

    def _log(self) -> Locator:
        return self._root.get_by_role("log")

    def _bubble(self, text: str) -> Locator:
        return self._log().locator(".msg", has_text=text).last


async def picture(page: Page, path: Path) -> None:
    """A screenshot of the page as it stands, once its fonts and movements have settled."""
    path.parent.mkdir(parents=True, exist_ok=True)
    await page.wait_for_timeout(400)
    await page.screenshot(path=path, animations="disabled")
