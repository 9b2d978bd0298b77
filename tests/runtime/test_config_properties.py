"""Whatever is mistyped, the error names it; whatever is valid is read back as written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from titan.runtime.config import SETTINGS, ConfigProblems, Problem, load_config

keys = st.sampled_from(sorted(SETTINGS))
anything = st.one_of(
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.decimals(),
    st.text(max_size=8),
    st.lists(st.integers(), max_size=2),
    st.just({}),
)
texts = st.dictionaries(st.text("ABC_", max_size=12), st.text(max_size=9))


def load(
    values: Mapping[str, object], env: Mapping[str, str] | None = None
) -> tuple[object, Sequence[Problem]]:
    """The configuration or None, and what was wrong."""
    try:
        return load_config(None, env, values), ()
    except ConfigProblems as error:
        return None, error.problems


@st.composite
def typos(draw: st.DrawFn) -> str:
    """A known key with one letter of its last part dropped, doubled or replaced."""
    section, _, leaf = draw(keys).rpartition(".")
    at = draw(st.integers(0, len(leaf) - 1))
    kind = draw(st.sampled_from(["drop", "double", "replace"]))
    middle = {"drop": "", "double": leaf[at] * 2, "replace": draw(st.sampled_from("abcxyz_"))}[kind]
    return f"{section}.{leaf[:at]}{middle}{leaf[at + 1 :]}"


@given(typos())
@settings(max_examples=150, deadline=None)
def test_a_mistyped_key_is_named_and_never_ignored(key: str) -> None:
    assume(key not in SETTINGS)
    with pytest.raises(ConfigProblems) as caught:
        load_config(overrides={key: 1})
    assert [problem.key for problem in caught.value.problems] == [key]
    assert caught.value.problems[0].rule == "there is no such key"


@given(keys, anything)
@settings(max_examples=200, deadline=None)
def test_a_value_is_taken_as_written_or_refused_by_name(key: str, value: object) -> None:
    found, problems = load({key: value})
    if found is None:
        assert all(problem.key.startswith(key.rpartition(".")[0]) for problem in problems)
        assert any(problem.rule.startswith("must be") for problem in problems)
        return
    for part in key.split("."):
        found = getattr(found, part)
    if isinstance(found, float):
        assert found == float(value)  # type: ignore[arg-type]
    elif isinstance(found, Decimal):
        assert found == Decimal(value)  # type: ignore[arg-type]
    else:
        assert (type(found), found) == (type(value), value)


@given(st.dictionaries(keys, anything, max_size=6), texts)
@settings(max_examples=100, deadline=None)
def test_nothing_but_a_config_error_ever_comes_out(values: dict[str, object], env: dict[str, str]) -> None:
    config, problems = load(values, {f"TITAN__{name}": text for name, text in env.items()})
    assert (config is None) == bool(problems)
