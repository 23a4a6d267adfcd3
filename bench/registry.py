"""All benchmarks, their default sizes and targets."""

from __future__ import annotations

from bench.harness import Bench

NAIVE = "one Bot, session and Dispatcher a tenant"
BARE = "bare aiogram, feed_raw_update, in memory"

BENCHES = (
    Bench(
        name="memory-poll",
        about="private memory of a tenant that polls (HTTP/1.1 over TLS)",
        rival=NAIVE,
        unit="KB/tenant",
        n=400,
        rival_n=60,
        rounds=1,
        less_is_better=True,
        at_least=12,
    ),
    Bench(
        name="memory-webhook",
        about="private memory of an idle tenant in webhook mode",
        rival=NAIVE,
        unit="KB/tenant",
        n=10_000,
        rival_n=60,
        rounds=1,
        less_is_better=True,
        at_least=300,
    ),
    Bench(
        name="startup",
        about="CPU from nothing to every tenant polling",
        rival=NAIVE,
        unit="CPU s per 1,000 tenants",
        n=500,
        rival_n=100,
        rounds=1,
        less_is_better=True,
        at_least=10,
    ),
    Bench(
        name="throughput",
        about="updates a second a core through admission, durable inbox, dispatch and handler",
        rival=BARE,
        unit="updates/s",
        n=20_000,
        rival_n=20_000,
        rounds=3,
        less_is_better=False,
        at_least=0.7,
    ),
    Bench(
        name="prefilter",
        about="a mix of which 90 % has no handler or a suspended tenant",
        rival=BARE,
        unit="updates/s",
        n=40_000,
        rival_n=20_000,
        rounds=3,
        less_is_better=False,
        at_least=6,
    ),
    Bench(
        name="neighbour",
        about="p99 of quiet tenants while another gets 1,000 updates/s, against their p99 alone",
        rival="the same tenants without the noisy one",
        unit="ms",
        n=20,
        rival_n=20,
        rounds=2,
        less_is_better=True,
        at_least=None,
        at_most=2,
        loaded=True,
    ),
    Bench(
        name="neighbour-unpaced",
        about="the same with our pacing off, so that the noisy tenant is handled at full speed",
        rival="the same tenants without the noisy one",
        unit="ms",
        n=20,
        rival_n=20,
        rounds=2,
        less_is_better=True,
        at_least=None,
        loaded=True,
    ),
    Bench(
        name="latency",
        about="an update arrives → its answer is sent, at half load, p50 (p99 beside it)",
        rival="aiogram's own polling of the same bots",
        unit="ms",
        n=20,
        rival_n=20,
        rounds=5,
        less_is_better=True,
        at_least=None,
        spread=("value", "p99", "loop_p99", "commit_p99"),
    ),
)
BY_NAME = {bench.name: bench for bench in BENCHES}
