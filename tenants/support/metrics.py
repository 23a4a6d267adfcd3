"""Prometheus metrics. Series by tenant exist for the busiest tenants only, which bounds the
number of series."""

from __future__ import annotations

import heapq
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client import Counter as Total
from prometheus_client.core import CounterMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from tenants.domain.model import TenantId

TOP_TENANTS: Final = 20
_LAG_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300)


class TopTenants(Collector):
    """Counts for every tenant, exported for the busiest. Rendering runs in another thread
    while the event loop's thread continues counting."""

    def __init__(self, top: int = TOP_TENANTS) -> None:
        self._top = top
        self._counts: dict[str, Counter[TenantId]] = {}
        self._lock = threading.Lock()

    def add(self, metric: str, tenant_id: TenantId, amount: int = 1) -> None:
        with self._lock:
            self._counts.setdefault(metric, Counter())[tenant_id] += amount

    def forget(self, tenant_id: TenantId) -> None:
        with self._lock:
            for counts in self._counts.values():
                counts.pop(tenant_id, None)

    def collect(self) -> Iterator[Metric]:
        with self._lock:
            now = {metric: dict(counts) for metric, counts in self._counts.items()}
        for metric, counts in now.items():
            family = CounterMetricFamily(
                f"controlbot_tenant_{metric}",
                f"{metric} of the {self._top} busiest tenants",
                labels=("tenant",),
            )
            for tenant_id, amount in heapq.nlargest(self._top, counts.items(), key=lambda i: i[1]):
                family.add_metric((str(tenant_id),), amount)
            yield family

    def describe(self) -> Iterable[Metric]:
        return ()


class Metrics:
    """Has its own registry, not the global one, so that tests can have several."""

    content_type: Final = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self.top = TopTenants()
        self.registry.register(self.top)
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._build_intake()
        self._build_handling()
        self._build_house()

    def render(self) -> bytes:
        """The text for ``/metrics``."""
        return generate_latest(self.registry)

    def _build_intake(self) -> None:
        self.updates = self._total("updates", "Updates received, by outcome", "outcome")
        self.intake_errors = self._total("intake_errors", "Failed polls, by kind", "kind")
        self.hooks = self._total("hook_requests", "Webhook requests, by status", "status")
        self.backlog = Gauge(
            "controlbot_inbox_backlog",
            "Updates stored and not handled yet",
            registry=self.registry,
        )

    def _build_handling(self) -> None:
        self.lag = Histogram(
            "controlbot_update_lag_seconds",
            "Seconds from receipt to handled",
            buckets=_LAG_BUCKETS,
            registry=self.registry,
        )
        self.handler_errors = self._total(
            "handler_errors", "Handlers that raised, by kind of error", "kind"
        )
        self.sends = self._total("sends", "Calls to Telegram, by outcome", "outcome")

    def _build_house(self) -> None:
        self.tenants = Gauge(
            "controlbot_tenants",
            "Tenants by observed state",
            ("observed",),
            registry=self.registry,
        )
        self.loop_delay = Histogram(
            "controlbot_loop_delay_seconds",
            "Delay of event loop timers in seconds",
            buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
            registry=self.registry,
        )
        self.loop_blocked = self._total("loop_blocked", "Times a handler blocked the event loop")
        self.commits = Histogram(
            "controlbot_group_commit_size",
            "Operations in one commit",
            buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000),
            registry=self.registry,
        )

    def _total(self, name: str, about: str, *labels: str) -> Total:
        return Total(f"controlbot_{name}", about, labels, registry=self.registry)
