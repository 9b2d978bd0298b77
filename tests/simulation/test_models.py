"""The models of a run: wrong values are named, and every assumption is said in words."""

from __future__ import annotations

import pytest

from titan.model.errors import ConfigError
from titan.simulation.assumptions import assumed
from titan.simulation.models import Latency, Models

TRADING = {
    "market impact",
    "order of events",
    "taker fills",
    "maker fills",
    "queue",
    "bars",
    "stops",
    "self-trade",
}
TOPICS = TRADING | {"latency", "funding", "fees", "margin", "transfers"}


def test_every_topic_has_its_sentence():
    latency = Latency(kind="recorded", shift_ns=1_270_000_000)
    said = assumed(Models(latency=latency, queue="power", margin="isolated"))
    assert {topic for topic, _ in said} == TOPICS
    assert all(sentence.endswith(".") and "  " not in sentence for _, sentence in said)
    words = dict(said)
    assert "1270 ms for clock skew" in words["latency"]
    assert "power 3" in words["queue"]
    assert words["margin"].startswith("Isolated margin at up to 3x")
    assert words["latency"] != dict(assumed(Models(latency=Latency(kind="lognormal"))))["latency"]


@pytest.mark.parametrize(
    ("make", "names"),
    [
        (lambda: Latency(order_ns=-1), "latency.order_ns = -1"),
        (lambda: Models(bar_share=0.0), "models.bar_share = 0.0"),
        (lambda: Models(half_spread=1.5), "models.half_spread = 1.5"),
        (lambda: Models(queue_power=0), "models.queue_power = 0"),
    ],
)
def test_wrong_values_are_named(make, names):
    with pytest.raises(ConfigError) as error:
        make()
    assert names in str(error.value)
