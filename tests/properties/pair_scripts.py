"""What a venue may do with the orders of a pair: fill, cut, refuse, keep silent."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from tests.execution.scripted import Answer

LOT = Decimal("0.001")
"""One unit of the scripted pair, in base units."""

answers = st.builds(
    Answer,
    share=st.sampled_from([0.0, 0.1, 0.34, 0.5, 0.9, 1.0, 1.0, 1.0]),
    reject=st.booleans(),
    silent=st.booleans(),
    delay_ms=st.integers(0, 3000),
)
units = st.integers(1, 12)
