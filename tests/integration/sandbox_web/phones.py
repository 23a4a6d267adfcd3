"""The page as a person uses it."""

from __future__ import annotations

from playwright.async_api import Locator, Page

from sandbox.world import Chat, World


class Phones:
    def __init__(self, page: Page, url: str, world: World) -> None:
        self.page = page
        self.url = url
        self.world = world
        page.set_default_timeout(8_000)

    async def load(self, query: str = "") -> None:
        await self.page.goto(self.url + query)
        await self.page.wait_for_selector("body[data-ready]")

    def id_of(self, username: str) -> int:
        return self.world.peer(f"@{username}").id

    def chat(self, one: str, other: str) -> Chat:
        return self.world.chat(self.id_of(one), self.id_of(other))

    def phone(self, username: str) -> Locator:
        return self.page.locator(f'[data-phone="{self.id_of(username)}"]')

    async def open(self, username: str, chat: str) -> Locator:
        """Find a chat by the search field and open it. Returns the phone."""
        phone = self.phone(username)
        if await phone.get_by_label("Back to the chats").is_visible():
            await phone.get_by_label("Back to the chats").click()
        await phone.get_by_role("searchbox").fill(chat)
        await phone.locator(f'[data-username="{chat}"]:visible').click()
        await phone.locator(f'[data-open-chat="{self.id_of(chat)}"]').wait_for()
        return phone

    @staticmethod
    async def say(phone: Locator, text: str) -> None:
        field = phone.get_by_role("textbox", name="Message")
        await field.fill(text)
        await field.press("Enter")
