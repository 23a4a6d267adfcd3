"""Initial content of a world: nothing, or the demo's people."""

from __future__ import annotations

from typing import Any

from sandbox.seed_images import landscape
from sandbox.world import Account, ApiError, Chat, Content, Media, World
from sandbox.world.chats import room_key

CONTROL_USERNAME = "ControlBot"
CONTROL_SECRET = "AAHouseOfBotsInASandbox_only_pretend"
"""Not a secret: the bot exists in the sandbox only."""

NOTES = {
    "maya_cooks": ("tenant", "wants a bot of her own"),
    "omid_writes": ("visitor", "writes to Maya’s bot, in Persian"),
    "dana_owns": ("admin", "owns the control bot"),
    "lena_reads": ("", "speaks Russian"),
    "kai_careful": ("", "two-step password: correct horse"),
}
"""By username: role in the demo, and description."""


def seed(world: World, seed: str) -> None:
    """Fill a fresh world.

    Args:
        seed: ``empty`` or ``demo``.

    Raises:
        ValueError: there is no such seed.
    """
    if seed == "demo":
        _Demo(world).seed()
    elif seed != "empty":
        raise ValueError(f"there is no seed {seed!r}: take empty or demo")


def demo_facts(world: World) -> dict[str, Any] | None:
    """Values that a demo program needs; None in a world without the demo seed."""
    try:
        control = world.peer(f"@{CONTROL_USERNAME}")
        cast = {name: world.peer(f"@{name}") for name in NOTES}
    except ApiError:
        return None
    bot = world.bot(control.id)
    return {
        "control_token": bot.token,
        "control_username": bot.username,
        "owner_id": bot.owner_id,
        "cast": [
            {
                "id": person.id,
                "name": world.display_name(person.id),
                "username": name,
                "role": NOTES[name][0],
                "note": NOTES[name][1],
            }
            for name, person in cast.items()
        ],
    }


class _Demo:
    """Five people, their channel and group, and the control bot."""

    def __init__(self, world: World) -> None:
        self._world = world

    def seed(self) -> None:
        add = self._world.add_account
        self.maya = add(first_name="Maya", last_name="Lind", username="maya_cooks")
        self.omid = add(
            first_name="امید", last_name="رضایی", username="omid_writes", language_code="fa"
        )
        self.dana = add(first_name="Dana", last_name="Okoro", username="dana_owns")
        self.lena = add(
            first_name="Лена", last_name="Орлова", username="lena_reads", language_code="ru"
        )
        self.kai = add(
            first_name="Kai", last_name="Berg", username="kai_careful", password="correct horse"
        )
        self._control_bot()
        self._channel()
        self._group()
        self._private_chats()

    def _control_bot(self) -> None:
        bot = self._world.add_bot(
            owner_id=self.dana.id,
            name="Control Bot",
            username=CONTROL_USERNAME,
            can_manage_bots=True,
            secret=CONTROL_SECRET,
        )
        bot.descriptions[""] = (
            "Bring your own bot to life.\n\nMake one with a tap or bring a token, connect your "
            "account, and answer the people who write to you. Press START."
        )
        bot.short_descriptions[""] = "Your own bot, in a few taps"

    def _channel(self) -> None:
        channel = self._world.add_channel(self.maya.id, "Maya’s Kitchen", "mayas_kitchen")
        chat = self._world.state.chats[room_key(channel.id)]
        for person in (self.omid, self.lena):
            self._world.join(person.id, channel.id)
        _backdate(chat, 3000)
        self._say(self.maya, chat, "One pot, twenty minutes. A new recipe every Friday 🍲", 2900)
        self._picture(self.maya, chat, "Where the lemons come from", "hills", 1500)
        self._say(
            self.maya, chat, "Soon you can ask me anything: I am getting a bot. @ControlBot", 300
        )

    def _group(self) -> None:
        group = self._world.add_group(self.maya.id, "Kitchen Table", forum=True)
        chat = self._world.state.chats[room_key(group.id)]
        for person in (self.omid, self.dana, self.lena):
            self._world.join(person.id, group.id, by=self.maya.id)
        markets = self._world.create_topic(self.maya.id, chat, "Markets").id
        recipes = self._world.create_topic(self.maya.id, chat, "Recipes").id
        _backdate(chat, 260)
        self._say(self.dana, chat, "The one by the station has figs again", 240, markets)
        self._say(self.omid, chat, "آش رشته را کسی درست کرده؟", 180, recipes)
        self._say(self.maya, chat, "Yes! Beans the night before, herbs at the end", 170, recipes)

    def _private_chats(self) -> None:
        chat = self._world.chat(self.maya.id, self.omid.id)
        self._say(self.omid, chat, "سلام مایا! دستور پخت لیمو را می‌فرستی؟", 130)
        self._say(self.maya, chat, "Of course. Here is the sea while you wait", 126)
        self._picture(self.maya, chat, "", "sea", 125)
        self._say(self.omid, chat, "چه رنگی 😍", 120)
        admin = self._world.chat(self.dana.id, self.maya.id)
        self._say(self.dana, admin, "The control bot is up: https://t.me/ControlBot?start=demo", 90)

    def _picture(self, sender: Account, chat: Chat, caption: str, scene: str, ago: int) -> None:
        data, width, height = landscape(scene)
        file = self._world.files.put(data, f"{scene}.png", "image/png")
        media = Media(kind="photo", file=file, width=width, height=height)
        self._put(sender, chat, Content(text=caption, media=media), ago)

    def _say(
        self, sender: Account, chat: Chat, text: str, ago: int, topic: int | None = None
    ) -> None:
        self._put(sender, chat, Content(text=text), ago, topic)

    def _put(
        self, sender: Account, chat: Chat, content: Content, ago: int, topic: int | None = None
    ) -> None:
        """Send a message ``ago`` minutes ago."""
        message = self._world.send(sender.id, chat, content, topic=topic)
        message.date -= ago * 60


def _backdate(chat: Chat, minutes: int) -> None:
    """Set the dates of all service messages so far to ``minutes`` ago."""
    for message in chat.messages.values():
        message.date -= minutes * 60
