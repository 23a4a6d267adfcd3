"""The plug-in API. Third parties register features by the entry point ``controlbot.features``.

See docs/writing-a-feature.md for a walk-through.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiogram import Router
from pydantic import BaseModel, ConfigDict

from tenants.bot.update_header import UpdateHeader
from tenants.domain.model import TenantId, UserId
from tenants.store import UnitOfWork

if TYPE_CHECKING:
    from tenants.bot.context import FeatureServices, TenantContext
    from tenants.bot.effects import Effects

Matcher = Callable[[UpdateHeader], bool]
Hook = Callable[["TenantContext", "FeatureServices"], Awaitable[None]]
OnUnparsed = Callable[
    ["TenantContext", "FeatureServices", UpdateHeader, "Effects"], Awaitable[bool]
]
EraseUser = Callable[[UnitOfWork, TenantId, UserId], Awaitable[None]]
ExportUser = Callable[[UnitOfWork, TenantId, UserId], Awaitable[dict[str, Any]]]


class Options(BaseModel):
    """A feature's settings. The settings dialog is generated from the model: a field's
    ``title`` and ``description`` are texts to translate, its type selects the widget.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interest:
    """A kind of update that a feature handles (``message``, ``callback_query``, …)."""

    kind: str
    matches: Matcher | None = None
    """Decides from the header, in a microsecond; None accepts every update of the kind. An
    update that it rejects is dropped, so when in doubt accept it and let filters decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BotCommand:
    """A command for the menu and for /help."""

    name: str
    about: str
    """A text to translate."""
    for_owner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Periodic work for each running tenant that has the feature enabled."""

    name: str
    every: float
    """Seconds between two runs."""
    run: Hook


async def _nothing_to_erase(_uow: UnitOfWork, _tenant_id: TenantId, _user_id: UserId) -> None:
    """For a feature that stores no data about people."""


async def _nothing_to_export(
    _uow: UnitOfWork, _tenant_id: TenantId, _user_id: UserId
) -> dict[str, Any]:
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A plug-in of tenants' bots.

    Its handlers are plain aiogram handlers in the router that ``build_router`` makes, once,
    for all tenants. They get, by name: ``tenant`` (:class:`~tenants.bot.context.TenantContext`),
    ``house`` (the platform's services), ``effects``, ``tr`` (the visitor's translator),
    ``options`` (this feature's, validated) and ``album`` (all messages of an album, else None).
    Filters must be async: aiogram runs sync ones in a thread.
    """

    key: str
    """Short, stable, lower case; identifies the feature in the store."""
    title: str
    about: str
    build_router: Callable[[], Router]
    interests: tuple[Interest, ...]
    options: type[Options] = Options
    on_by_default: bool = False
    essential: bool = False
    """Always on; tenants cannot switch it off."""
    order: int = 100
    """Routers with a smaller number are called first."""
    uses_state: bool = False
    """Its handlers filter by FSM state, which is then read for every update."""
    commands: tuple[BotCommand, ...] = ()
    on_start: Hook | None = None
    """The tenant's bot was started, or its features were changed."""
    on_unparsed: OnUnparsed | None = None
    """Called instead of its handlers for an update of a kind the feature handles that the
    installed aiogram can't parse: ``(tenant, house, header, effects)``, where the header has
    the ids that could be read (``header.raw`` is the full update). True when the feature took
    it (the inbox copies a message by its ids); else it is kept for a later aiogram. Errors and
    effects are treated as those of a handler."""
    jobs: tuple[Job, ...] = ()
    erase_user: EraseUser = _nothing_to_erase
    export_user: ExportUser = _nothing_to_export
    domain: str = field(default="tenants")
    """The gettext domain of its texts."""
