"""What Prometheus asks for: the run as it is, and how the gateway itself does. In a registry of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from titan.views.board import Board, Freshness
from titan.views.status import Status, VenueLine

BUCKETS: Final = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0)
QUANTILES: Final = ("p50", "p99", "p999")
Labels = Mapping[tuple[str, ...], float | None]


class Metrics:
    """`board` is the run as it is; `gauges` what else is so of the gateway, by name and meaning."""

    def __init__(
        self, board: Callable[[], Board], gauges: Callable[[], Iterable[tuple[str, str, float]]]
    ) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "titan_gateway_requests", "Answers by route and status.", ("method", "path", "status"),
            registry=self._registry,
        )  # fmt: skip
        self._took = Histogram(
            "titan_gateway_request_seconds", "How long answers took.", registry=self._registry,
            buckets=BUCKETS,
        )  # fmt: skip
        self._registry.register(_Now(board, gauges))

    def counted(self, method: str, path: str, status: int, seconds: float) -> None:
        self._requests.labels(method, path, str(status)).inc()
        self._took.observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Now(Collector):
    """Read when somebody asks."""

    def __init__(
        self, board: Callable[[], Board], gauges: Callable[[], Iterable[tuple[str, str, float]]]
    ) -> None:
        self._board, self._gauges = board, gauges

    def collect(self) -> Iterator[Metric]:
        board = self._board()
        live = float(board.freshness is Freshness.LIVE)
        yield _gauge("run_live", "Whether what is shown of the run is so now.", {(): live})
        for name, meaning, value in self._gauges():
            yield _gauge(f"gateway_{name}", meaning, {(): value})
        if board.status is not None:
            yield from _run(board.status, board)
            yield from _parts(board.status)


def _run(s: Status, board: Board) -> Iterator[Metric]:
    told = (s.run_id, s.mode, s.strategy, s.state)
    yield _gauge("run_info", "Which run.", {told: 1.0}, "run_id", "mode", "strategy", "state")
    gauges = {
        "run_age_seconds": ("Since the run said anything.", board.age_s),
        "nav": ("In the quote asset.", s.nav),
        "start_nav": ("With which the run began.", s.start_nav),
        "drawdown": ("Of the UTC day, as a share.", board.yields.drawdown),
        "delta": ("In the quote asset.", s.delta),
        "delta_share": ("Of NAV.", board.delta_share),
        "deployed": ("Value of coins held.", s.deployed),
        "deployable": ("The most of it.", s.deployable),
        "open_orders": ("Orders without an end.", len(s.in_flight)),
        "executions": ("Wishes at work.", s.executions),
        "doors_closed": ("What keeps entries back.", len(s.closed)),
        "journal_waiting": ("Entries that are not in the store yet.", s.journal.waiting),
    }
    for name, (meaning, value) in gauges.items():
        yield _gauge(name, meaning, {(): None if value is None else float(value)})
    yield _gauge("pnl", "By source.", {(name,): float(value) for name, value in s.pnl.items()}, "source")
    counters = {"rows": s.rows, "signals": s.signals, "orders": s.orders, "fills": s.fills}
    for name, count in counters.items():
        yield _counter(name, f"{name.capitalize()} of the run so far.", {(): count})
    yield _counter("refusals", "By gate.", {(name,): n for name, n in s.refusals.items()}, "gate")
    yield _counter("journal_entries", "In the store.", {(): s.journal.entries})


def _parts(s: Status) -> Iterator[Metric]:
    """Venues, wallets, pairs, stages."""
    venues: dict[tuple[str, ...], VenueLine] = {(v.venue,): v for v in s.venues}
    for name, meaning, of in (
        ("venue_live", "Connections that bring data.", "live"),
        ("venue_connections", "Connections that there should be.", "connections"),
        ("venue_silent_ms", "Since its last row.", "silent_ms"),
        ("venue_latency_ms", "From the venue to us.", "latency_ms"),
    ):
        yield _gauge(name, meaning, {v: getattr(line, of) for v, line in venues.items()}, "venue")
    reconnects: dict[tuple[str, ...], float] = {v: line.reconnects for v, line in venues.items()}
    yield _counter("venue_reconnects", "Of its connections.", reconnects, "venue")
    yield _gauge("margin_used", "Of the limit.", {(m.wallet,): m.used for m in s.margins}, "wallet")
    yield _gauge("basis_bps", "Of a pair.", {(p.pair,): p.basis for p in s.pairs if p.samples}, "pair")
    yield _gauge("basis_z", "Its deviations.", {(p.pair,): p.z for p in s.pairs if p.samples}, "pair")
    stages: dict[tuple[str, ...], float | None] = {
        (stage, quantile): getattr(told, quantile) / 1e6
        for stage, told in s.latency.items()
        for quantile in QUANTILES
    }
    yield _gauge("stage_seconds", "Latency by stage.", stages, "stage", "quantile")


def _gauge(name: str, meaning: str, values: Labels, *labels: str) -> Metric:
    """What is not known is left out."""
    found = GaugeMetricFamily(f"titan_{name}", meaning, labels=labels)
    for of, value in values.items():
        if value is not None:
            found.add_metric(of, value)
    return found


def _counter(name: str, meaning: str, values: Mapping[tuple[str, ...], float], *labels: str) -> Metric:
    found = CounterMetricFamily(f"titan_{name}", meaning, labels=labels)
    for of, value in values.items():
        found.add_metric(of, value)
    return found
