"""The runner's settings, with measured defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tenants.support.rate_limits import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerSettings:
    """In seconds unless stated otherwise."""

    webhook_url: str | None = None
    """Public base URL; set = webhook mode. Webhook paths are ``<url>/hook/…``."""
    poll_timeout: int = 50
    """10 s polls use 64 % of a core at 10,000 idle bots."""
    sweep_every: float = 2.0
    in_flight_file: Path | None = None
    """Path of the in-flight journal; None: next to a SQLite database, else no journal."""
    unload_timeout: float = 10.0
    """How long a tenant's running handlers may take to end when it is stopped."""
    handler_timeout: float = 120.0
    attempts: int = 3
    """Tries of one update before it becomes a dead letter."""
    outage_attempts: int = 20
    """The same where outages of Telegram are the cause while other updates are handled: about
    a quarter of an hour."""
    retry_delay: float = 0.5
    """Before the second try; doubles for each one after, up to a minute."""
    failures_in_a_row: int = 20
    """The tenant is quarantined after dead letters of so many people, without a handled update
    between."""
    backlog: int = 1_000
    """Updates of one tenant held in memory; beyond it Telegram keeps the rest."""
    held_backlog: int = 10_000
    """The same while handling is on hold (receive-only)."""
    person_rate: Rate = field(default_factory=lambda: Rate(per_second=1.0, burst=15))
    """One person's updates to one bot, by their own dates. Updates above it are handled later,
    at ``deferred_rate``. The burst is half of a bot's, so that the rest remains for others."""
    deferred_rate: float = 5.0
    """Updates a second of a person above ``person_rate``; while nobody else needs the bot's or
    the chat's outgoing rate."""
    deferred_per_person: int = 1_000
    """Deferred updates kept per person; the rest is dropped and counted."""
    deferred_per_bot: int = 20_000
    starts_at_once: int = 100
    starts_per_minute: float = 6_000
    idle_context: float = 600.0
    """Webhook mode: a tenant's context is dropped after so long without an update."""
    lease_ttl: float = 15.0
    lease_margin: float = 3.0
    freeze_memory: bool = True
    """Freeze the garbage collector's objects once the runner has started: otherwise it scans a
    few hundred thousand objects of libraries repeatedly (measured: a third of the cost of an
    update)."""
    loop_blocked_after: float = 1.0
    blocks_before_quarantine: int = 5
    token_pauses: tuple[float, ...] = (1.0, 4.0, 15.0)
    """Pauses between the getMe calls that confirm that a token is refused."""
    token_look_again: float = 600.0
    """Polling: interval at which a revoked token is tried again, in case Telegram was wrong."""
    looks_per_second: float = 5.0
    """Checks of bots (getMe, getWebhookInfo) a second, over all bots."""
    look_every: float = 3_600.0
    """Polling: interval between checks of a bot; its polls show the rest."""
    look_at_most_every: float = 60.0
    """Webhooks: shortest interval between checks of a bot, since nothing else shows a revoked
    token or a failing webhook. 10,000 bots take 2,000 s at 5 checks a second."""
    quarantine_lasts: float = 6 * 3600.0
    """A quarantined tenant is started again after so long, restarts included, unless a person
    starts it before."""
