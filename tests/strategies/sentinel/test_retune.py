"""Other parameters, taken over while it runs: no part of the strategy goes on with the old ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import numpy as np

from titan.simulation.market.instruments import simulated_pairs
from titan.strategies.sentinel.params import SentinelParams, find_pairs
from titan.strategies.sentinel.strategy import Sentinel

INSTRUMENTS = tuple(simulated_pairs(["BTC", "ETH"]))


def params(**changes: object) -> dict[str, SentinelParams]:
    """Each pair has its own."""
    return {
        pair.name: msgspec.structs.replace(SentinelParams(), hold_hours=n + 1.0, **changes)
        for n, pair in enumerate(find_pairs(INSTRUMENTS))
    }


def sentinel(with_: Mapping[str, SentinelParams]) -> Sentinel:
    return Sentinel("r", with_, INSTRUMENTS, (0.0, 0.0), dict.fromkeys(with_))


def reached(part: object, seen: set[int]) -> Iterator[SentinelParams]:
    """All parameters that anything in it holds."""
    if id(part) in seen or isinstance(part, np.ndarray | str):
        return
    seen.add(id(part))
    if isinstance(part, SentinelParams):
        yield part
    inner = part.values() if isinstance(part, Mapping) else getattr(part, "__dict__", {}).values()
    for one in [*inner, *(part if isinstance(part, list | tuple) else ())]:
        yield from reached(one, seen)


def test_every_part_has_the_new_ones_and_the_kernel_too() -> None:
    old, new = params(), params(entry_z=4.0, min_edge_bps=7.0, clip_share=SentinelParams().clip_share / 2)
    strategy, fresh = sentinel(old), sentinel(new)
    record = strategy._record
    assert {id(one) for one in reached(strategy, set())} == {id(one) for one in old.values()}
    strategy.retune(new)
    assert {id(one) for one in reached(strategy, set())} == {id(one) for one in new.values()}
    assert strategy._record is record
    assert strategy._record.tobytes() == fresh._record.tobytes()
    assert strategy.params is next(iter(new.values()))
    assert [strategy.settings(name) for name in new] == list(new.values())


def test_what_was_sampled_stays() -> None:
    strategy = sentinel(params())
    strategy.states["samples"] = 99
    before = strategy.states.tobytes()
    strategy.retune(params(exit_z=-1.0))
    assert strategy.states.tobytes() == before
