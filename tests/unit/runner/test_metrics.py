"""Figures can be rendered in a thread while the event loop goes on counting."""

from __future__ import annotations

import sys
import threading

from tenants.domain.model import TenantId
from tenants.support.metrics import Metrics


def test_metrics_are_rendered_while_tenants_are_added() -> None:
    """B14"""
    metrics = Metrics()
    ended = threading.Event()

    def count() -> None:
        number = 0
        while not ended.is_set():
            number += 1
            metrics.top.add(f"metric_{number % 7}", TenantId(number))
            if number % 3 == 0:
                metrics.top.forget(TenantId(number // 2))

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    counting = threading.Thread(target=count)
    counting.start()
    try:
        for _ in range(60):
            metrics.render()
    finally:
        ended.set()
        counting.join()
        sys.setswitchinterval(interval)
    assert b"controlbot_tenant_metric_1" in metrics.render()
