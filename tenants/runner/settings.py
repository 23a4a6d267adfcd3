"""The runner's own knobs, with the values that measurements chose."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from tenants.support.rate_limits import Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class RunnerSettings:
    """Seconds unless said otherwise."""

    webhook_url: str | None = None
    """Public base URL; set = webhook mode. Hooks live under ``<url>/hook/…``."""
    poll_timeout: int = 50
    """10 s polls burn 64 % of a core at 10,000 idle bots."""
    sweep_every: float = 2.0
    in_flight_file: Path | None = None
    """Where it is noted which updates are being handled; None: beside a SQLite database, else
    nowhere."""
    unload_timeout: float = 10.0
    """How long a tenant's running handlers may take to end when it is stopped."""
    handler_timeout: float = 120.0
    attempts: int = 3
    """Tries of one update before it becomes a dead letter."""
    outage_attempts: int = 20
    """The same where Telegram is the cause and other updates get through meanwhile: about a
    quarter of an hour of trying."""
    retry_delay: float = 0.5
    """Before the second try; doubles for each one after, up to a minute."""
    failures_in_a_row: int = 20
    """People whose updates became dead letters, without a good one between, that quarantine
    the tenant."""
    backlog: int = 1_000
    """Updates of one tenant held in memory; beyond it Telegram keeps the rest."""
    held_backlog: int = 10_000
    """The same while handling is on hold (receive-only)."""
    person_rate: Rate = field(default_factory=lambda: Rate(per_second=1.0, burst=15))
    """One person's updates to one bot, by their own dates. What is more is handled later, at
    ``deferred_rate``. The burst is half of a bot's own, so that it leaves others the rest."""
    deferred_rate: float = 5.0
    """Updates a second of somebody who writes faster than that; while nobody else needs the
    bot's or the chat's outgoing rate."""
    deferred_per_person: int = 1_000
    """So many of one person's updates are kept for later; the rest is dropped and counted."""
    deferred_per_bot: int = 20_000
    starts_at_once: int = 100
    starts_per_minute: float = 6_000
    idle_context: float = 600.0
    """Webhook mode: a tenant's context is dropped after so long without an update."""
    lease_ttl: float = 15.0
    lease_margin: float = 3.0
    freeze_memory: bool = True
    """Take everything that is there once the runner has started out of the garbage collector's
    rounds: it walks a few hundred thousand objects of libraries else, again and again (measured:
    a third of the cost of an update)."""
    loop_blocked_after: float = 1.0
    blocks_before_quarantine: int = 5
    token_pauses: tuple[float, ...] = (1.0, 4.0, 15.0)
    """Between the getMe calls that make sure that a refused token is refused."""
    token_look_again: float = 600.0
    """Polling: how often a revoked token is tried again, in case Telegram was wrong."""
    looks_per_second: float = 5.0
    """Bots looked at again (getMe, getWebhookInfo), of all there are."""
    look_every: float = 3_600.0
    """Polling: a bot is looked at so often, its polls showing the rest."""
    look_at_most_every: float = 60.0
    """Webhooks: with few bots each is looked at so often, since nothing else shows a revoked
    token or a webhook that does not work. 10,000 bots take 2,000 s at 5 looks a second."""
    quarantine_lasts: float = 6 * 3600.0
    """A quarantined tenant is started again by itself after so long, restarts included, unless
    a person asks for it before."""
