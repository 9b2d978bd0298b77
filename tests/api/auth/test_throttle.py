"""Guessing is slow, for one name and for one address; and locks nobody else out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.api.auth.gateways import OTHER, PASSWORD, SECRET, Clock, World, refused, sign_in
from titan.api.auth.throttle import FREE_ADDRESS, FREE_NAME, LONGEST_S, Throttle, network_of
from titan.api.errors import TooMany


def waits(throttle: Throttle, name: str, address: str) -> float:
    """Fail once; how long the next has to wait."""
    throttle.begin(name, address)
    try:
        second = throttle.begin(name, address)
    except TooMany as e:
        return e.retry_after_s
    throttle.withdrawn(second)
    return 0


def test_each_failure_waits_twice_as_long_up_to_a_quarter_of_an_hour() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    seen = []
    for _ in range(20):
        wait = waits(throttle, "anna", "10.0.0.1")
        seen.append(wait)
        clock.passes(wait)
    assert seen[: FREE_NAME + 4] == [0] * (FREE_NAME - 1) + [1, 2, 4, 8, 16]
    assert seen[-1] == LONGEST_S


def test_an_address_that_tries_many_names_waits_too() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    seen = [waits(throttle, f"name{n}", "10.0.0.1") for n in range(FREE_ADDRESS)]
    assert seen[-1] == 1
    with pytest.raises(TooMany):
        throttle.begin("another", "10.0.0.1")
    throttle.begin("another", "10.0.0.2")


def test_a_name_that_many_addresses_try_waits_but_not_for_who_was_there_before() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    throttle.succeeded(throttle.begin("anna", "10.0.0.1"))
    for n in range(FREE_NAME):
        throttle.begin("anna", f"10.1.0.{n}")
    with pytest.raises(TooMany):
        throttle.begin("anna", "10.1.1.1")
    throttle.begin("anna", "10.0.0.1")  # the operator's own desk
    seen = [waits(throttle, "anna", "10.0.0.1") for _ in range(FREE_NAME - 1)]
    assert seen[-1] > 0, "it has a count of its own"


def test_success_with_one_name_does_not_pay_for_guesses_at_others() -> None:
    throttle = Throttle(Clock())
    for n in range(FREE_ADDRESS - 1):
        throttle.begin(f"name{n}", "10.0.0.1")
        throttle.succeeded(throttle.begin("mallory", "10.0.0.1"))
    throttle.begin("name", "10.0.0.1")
    with pytest.raises(TooMany):
        throttle.begin("another", "10.0.0.1")


def test_it_is_forgotten_after_a_while_and_bounded() -> None:
    clock = Clock()
    throttle = Throttle(clock, most=50)
    for _ in range(FREE_NAME):
        throttle.begin("anna", "10.0.0.1")
    clock.passes(2 * LONGEST_S + 1)
    assert waits(throttle, "anna", "10.0.0.1") == 0
    for n in range(1_000):
        throttle.succeeded(throttle.begin(f"n{n}", f"10.{n // 250}.0.{n % 250}"))
        throttle.begin(f"m{n}", f"10.{n // 250}.1.{n % 250}")
    assert len(throttle._counts) <= 50
    assert len(throttle._known) <= 50


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:db8::1", "2001:db8::/64"),
        ("2001:db8::ffff:1", "2001:db8::/64"),
        ("2001:db8:0:1::1", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("somewhere", "somewhere"),
    ],
)
def test_a_machine_has_many_addresses(address: str, network: str) -> None:
    assert network_of(address) == network


def test_two_successes_at_once_leave_nothing_behind() -> None:
    throttle = Throttle(Clock())
    for attempt in [throttle.begin("anna", "10.0.0.1") for _ in range(2)]:
        throttle.succeeded(attempt)
    assert all(count.failures == 0 for count in throttle._counts.values())


async def test_brute_force_is_slow(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "read")
    guesses, waited = 0, 0.0
    async with world.client() as client:
        while waited < 3600:
            answer = await sign_in(client, "anna", OTHER)
            if answer.status_code == 429:
                wait = float(answer.headers["retry-after"])
                assert refused(answer) == (429, "too_many_requests")
                right = await sign_in(client, "anna")
                assert right.status_code == 429, "the right one is not looked at either"
                world.clock.passes(wait)
                waited += wait
            else:
                assert refused(answer) == (401, "sign_in_wrong")
                guesses += 1
    assert guesses < 20


async def test_guesses_at_once_count_before_any_is_answered(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "read")
    async with world.client() as client:
        answers = await asyncio.gather(*(sign_in(client, "anna", f"guess number {n}") for n in range(40)))
        assert sum(a.status_code == 401 for a in answers) == FREE_NAME
        assert {a.status_code for a in answers} == {401, 429}


async def test_guesses_at_a_code_are_slow_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "admin", totp=SECRET)
    async with world.client() as client:
        codes = [f"{n:06}" for n in range(10) if f"{n:06}" not in {world.code(steps=s) for s in (-1, 0, 1)}]
        answers = [await sign_in(client, "anna", code=code) for code in codes[:6]]
        assert [a.status_code for a in answers] == [401] * FREE_NAME + [429] * 2
        assert refused(answers[0]) == (401, "totp_wrong")
        for _ in range(20):  # a right password alone costs nothing, and resets nothing
            assert (await sign_in(client, "anna")).status_code == 429


async def test_who_does_not_exist_costs_the_same_and_is_told_the_same(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "read")
    passwords, done = world.authority.passwords, list[bool]()
    verify = passwords.verify

    def counted(hashed: str | None, password: str) -> bool:
        done.append(hashed is None)
        return verify(hashed, password)

    passwords.verify = counted  # type: ignore[method-assign]
    async with world.client() as client:
        known, unknown = await sign_in(client, "anna", OTHER), await sign_in(client, "nobody", OTHER)
        assert known.json() == unknown.json()
        assert done == [False, True]
        costs = [passwords._nobody.split("$")[3], anna_hash(world).split("$")[3]]
        assert costs[0] == costs[1], "the same memory and passes"
        assert not verify(passwords._nobody, PASSWORD)
        assert not verify(None, "nobody has this password")


def anna_hash(world: World) -> str:
    user = world.authority.users.get("anna")
    assert user is not None
    return user.hash


async def test_too_many_who_wait_for_their_turn_are_sent_away_uncounted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    world.user("anna", "read")
    monkeypatch.setattr("titan.api.auth.passwords.WAITING", 0)
    turn = world.authority.passwords._turn
    async with world.client() as client:
        await turn.acquire_on_behalf_of("another")
        waiting = asyncio.ensure_future(turn.acquire_on_behalf_of("a third"))
        for _ in range(FREE_NAME + 2):
            answer = await sign_in(client, "anna")
            assert answer.status_code == 429
            assert answer.headers["retry-after"] == "5"
        turn.release_on_behalf_of("another")
        await waiting
        turn.release_on_behalf_of("a third")
        monkeypatch.setattr("titan.api.auth.passwords.WAITING", 16)
        assert (await sign_in(client, "anna")).status_code == 200
