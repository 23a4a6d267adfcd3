"""The world and its services."""

from __future__ import annotations

import time
from collections.abc import Callable

from sandbox.world.business import Business
from sandbox.world.callbacks import Callback
from sandbox.world.chat_settings import RoomSettings
from sandbox.world.drafts import Drafts
from sandbox.world.ephemeral import Ephemeral
from sandbox.world.games import Games
from sandbox.world.gifts import Gifts
from sandbox.world.inline import Inline
from sandbox.world.invites import Invites
from sandbox.world.logins import Logins
from sandbox.world.managed_bots import Managed
from sandbox.world.payments import Payments
from sandbox.world.queries import Queries
from sandbox.world.sticker_sets import StickerSets
from sandbox.world.suggested_posts import SuggestedPosts


class World(Managed):
    """The simulated Telegram. Each base class adds methods of one module.

    lookups · users: people and bots · messages · message_edits · forwards · callbacks: buttons ·
    reactions_pins: pins, reactions, read · groups: groups, channels · topics · polls ·
    managed_bots. The attributes are services over the same state.
    """

    def __init__(
        self,
        *,
        now: Callable[[], float] = time.time,
        logins: Logins | None = None,
        strict: bool = True,
    ) -> None:
        super().__init__(now=now, logins=logins, strict=strict)
        self.callbacks: dict[str, Callback] = {}
        self.queries = Queries(self)
        self.invites = Invites(self, self.queries)
        self.room_settings = RoomSettings(self)
        self.business = Business(self)
        self.inline = Inline(self, self.queries)
        self.games = Games(self)
        self.ephemeral = Ephemeral(self)
        self.drafts = Drafts(self)
        self.suggested_posts = SuggestedPosts(self)
        self.sticker_sets = StickerSets(self)
        self.payments = Payments(self, self.queries)
        self.gifts = Gifts(self, self.payments)
        self.found()
