"""A feature with an option of each kind, to draw windows from."""

from __future__ import annotations

from typing import Literal

from aiogram import Router
from pydantic import Field

from tenants.bot.features.api import Feature, Options


class ShopOptions(Options):
    greeting: str = Field("Welcome <in>", title="Greeting", max_length=40)
    open_now: bool = Field(True, title="Open")
    tone: Literal["warm", "plain"] = Field("warm", title="Tone")
    seats: int = Field(4, title="Seats", ge=1, le=99)
    cakes: tuple[str, ...] = Field((), title="Cakes", description="What is baked")


FEATURES = (
    Feature(
        key="inbox",
        title="Inbox",
        about="What people write comes to you.",
        build_router=Router,
        interests=(),
        on_by_default=True,
        essential=True,
    ),
    Feature(
        key="shop",
        title="Shop",
        about="A window for your cakes.",
        build_router=Router,
        interests=(),
        options=ShopOptions,
    ),
)
