"""Several readers of one source: each sees all of it in order, and what all have had is let go."""

from __future__ import annotations

import gc
import weakref

from hypothesis import given
from hypothesis import strategies as st

from titan.market.tape.share import shared


@given(st.integers(0, 20), st.lists(st.integers(0, 2), max_size=80))
def test_each_reader_sees_everything_in_order(items: int, turns: list[int]) -> None:
    readers = shared(iter(range(items)), 3)
    seen: list[list[int]] = [[], [], []]
    for turn in turns:
        value = next(readers[turn], None)
        if value is not None:
            seen[turn].append(value)
    for reader, got in zip(readers, seen, strict=True):
        got.extend(reader)
        assert got == list(range(items))


class Block:
    """Something that can be seen to go."""


def test_what_every_reader_has_had_is_let_go() -> None:
    alive: list[weakref.ref[Block]] = []

    def source() -> object:
        for _ in range(10):
            block = Block()
            alive.append(weakref.ref(block))
            yield block
            del block

    first, second = shared(iter(source()), 2)  # type: ignore[call-overload]
    for _ in range(10):
        next(first)
        next(second)
        gc.collect()
        assert sum(ref() is not None for ref in alive) <= 1
