"""What is imposed by name: combined over all that covers, lifted by name, read back from a journal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from titan.model.recovery import Latched, Rearmed
from titan.model.restraint import Imposed, Lifted
from titan.risk.overrides import CLOSE, FREE, NO_TRADING, REDUCE_ONLY, Override, Scope, effective, scale
from titan.risk.restraints import NOTHING, Restraints, imposed

SUBJECT = Scope("sentinel", "binance", "BTC", "binance.perp.BTCUSDT", "BTC:core:1")

names = st.sampled_from(["a", "b", "c", "latch"])
overrides = st.fractions(0, 1).map(scale) | st.sampled_from([FREE, REDUCE_ONLY, CLOSE, NO_TRADING])
part = st.sampled_from(["", "x", "y"])
scopes = st.builds(Scope, part, part, part, part, part)
entries = st.builds(
    imposed, names, scopes, overrides, reason=st.just("r"), by=st.just("t"), local_ns=st.just(1)
) | st.builds(Lifted, names, st.just("operator"), st.just(2))


@given(st.lists(entries, max_size=12), st.builds(Scope, *[st.sampled_from(["x", "y"])] * 5))
def test_what_stands_is_the_last_word_of_each_name(told: list[Imposed | Lifted], subject: Scope) -> None:
    restraints, standing = Restraints(), dict[str, tuple[Scope, Override]]()
    for entry in told:
        assert restraints.hear(entry)
        if isinstance(entry, Lifted):
            standing.pop(entry.name, None)
        else:
            scope = Scope(entry.strategy, entry.venue, entry.base, entry.instrument, entry.owner)
            standing[entry.name] = scope, restraints.standing()[entry.name][1]
    found = restraints.covering(subject)
    expected = FREE
    for scope, override in standing.values():
        expected &= effective({scope: override}, subject)
    assert found.override == expected
    assert set(found.names) == {
        name for name, (scope, override) in standing.items() if scope.covers(subject) and override != FREE
    }


@given(overrides, scopes)
def test_an_override_is_read_back_exactly(override: Override, scope: Scope) -> None:
    restraints = Restraints()
    restraints.hear(imposed("n", scope, override, reason="r", by="b", local_ns=1))
    assert restraints.standing() == {"n": (scope, override, "r")}


def test_a_latch_stops_entries_everywhere_until_it_is_rearmed() -> None:
    restraints = Restraints()
    restraints.hear(Latched("panic", "drawdown", "monitor", 1))
    assert restraints.covering(SUBJECT) == (REDUCE_ONLY, ("latch panic",))
    restraints.hear(Lifted("panic", "operator", 2))
    assert restraints.covering(SUBJECT).override == REDUCE_ONLY
    restraints.hear(Rearmed("panic", "operator", 3))
    assert restraints.covering(SUBJECT) == NOTHING


def test_what_a_newer_version_imposed_stops_entries() -> None:
    for mode, factor in (("HALF_SIZE", "1"), ("SCALE", "a lot"), ("SCALE", "1/0"), ("SCALE", "3")):
        restraints = Restraints()
        restraints.hear(Imposed("n", mode, factor, "r", "b", 1))
        assert restraints.covering(SUBJECT).override == REDUCE_ONLY


def test_other_entries_are_none_of_its_business() -> None:
    assert not Restraints().hear(SUBJECT)
