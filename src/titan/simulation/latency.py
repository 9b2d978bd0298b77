"""How long an order travels to the exchange and a report back, inside the kernels.

Three models, per direction, after the kinds that the documentation of hftbacktest distinguishes (order entry,
order response and feed latency: https://hftbacktest.readthedocs.io/en/v1.8.4/latency_models.html):

    constant    the given time
    lognormal   the given time is the median; sigma is the deviation of the logarithm
    recorded    the feed latency (recv - ts) of the latest row at that moment, times a scale, plus the given
    time

Random numbers come from the combined generator of L'Ecuyer, "Efficient and portable combined random number
generators", Communications of the ACM 31(6), 1988: two multiplicative generators whose products stay below
2^63, so the compiled and the plain Python run give the same bits without any overflow.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from titan.simulation.kernel import kernel
from titan.simulation.records import LOGNORMAL, RECORDED, State

M1: Final = 2_147_483_563
M2: Final = 2_147_483_399
_LONGEST: Final = 3_600_000_000_000.0  # an hour: a draw beyond it is cut, which keeps the integer in range


def seed_pair(seed: int) -> tuple[int, int]:
    """Two start values of the generator for any integer seed."""
    words = np.random.SeedSequence(abs(seed)).generate_state(2)
    return 1 + int(words[0]) % (M1 - 1), 1 + int(words[1]) % (M2 - 1)


@kernel
def uniform(core: np.void) -> float:
    """The next number in (0, 1) of the exchange's generator."""
    a = 40014 * core["rng1"] % M1
    b = 40692 * core["rng2"] % M2
    core["rng1"] = a
    core["rng2"] = b
    z = a - b
    if z < 1:
        z += M1 - 1
    return float(z / M1)


@kernel
def lognormal(core: np.void, median: int, sigma: float) -> int:
    """A draw in ns by the method of Box and Muller; the cosine half only, so that one draw takes two
    numbers.
    """
    u = uniform(core)
    v = uniform(core)
    z = math.sqrt(-2.0 * math.log(u)) * math.cos(6.283185307179586 * v)
    return int(min(median * math.exp(sigma * z), _LONGEST))


@kernel
def recorded(core: np.void, plus: int, scale: float) -> int:
    """The latest feed latency, corrected for clock skew, scaled; `feed_ns` is kept by the pump."""
    latency = core["feed_ns"] + core["shift_ns"]
    if latency < 0:
        latency = 0
    return int(min(latency * scale, _LONGEST)) + plus


@kernel
def order_latency(s: State) -> int:
    """ns from us to the exchange, for a message sent now."""
    core = s.core[0]
    if core["latency"] == LOGNORMAL:
        return lognormal(core, core["order_ns"], core["order_sigma"])
    if core["latency"] == RECORDED:
        return recorded(core, core["order_ns"], core["order_scale"])
    return core["order_ns"]  # type: ignore[no-any-return]


@kernel
def response_latency(s: State) -> int:
    """ns from the exchange to us, for a report made now."""
    core = s.core[0]
    if core["latency"] == LOGNORMAL:
        return lognormal(core, core["response_ns"], core["response_sigma"])
    if core["latency"] == RECORDED:
        return recorded(core, core["response_ns"], core["response_scale"])
    return core["response_ns"]  # type: ignore[no-any-return]
