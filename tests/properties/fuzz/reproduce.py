"""Plays a failed episode again, leaves out every step that it does not need, and writes the rest down."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.properties.fuzz.episode import LENGTH, Episode
from tests.properties.fuzz.player import Player, Step, Wrong


def attempt(
    place: str, seed: int, number: int, steps: Sequence[Step], *, length: int = LENGTH
) -> Wrong | None:
    """The same steps to a new line."""
    episode = Episode(place, seed, number, length=length)
    player = Player(episode.world, everything=episode.everything)
    try:
        for step in steps:
            player.play(step)
        player.look()
    except Wrong as wrong:
        return wrong
    return None


def recorded(
    place: str, seed: int, number: int, *, length: int = LENGTH, captured: Sequence[bytes] = ()
) -> tuple[list[Step], Wrong | None]:
    """The steps of an episode, and how it failed."""
    episode = Episode(place, seed, number, keep=True, length=length, captured=captured)
    try:
        episode.run()
    except Wrong as wrong:
        return episode.steps or [], wrong
    return episode.steps or [], None


def smallest(place: str, seed: int, number: int, steps: list[Step], kind: str) -> list[Step]:
    """Fewer steps that fail in the same way; all of them where the failure is that something never comes."""

    def fails(some: list[Step]) -> bool:
        wrong = attempt(place, seed, number, some)
        return wrong is not None and wrong.kind == kind

    if not fails(steps):
        return steps
    size = len(steps) // 2
    while size:
        at = 0
        while at < len(steps):
            fewer = steps[:at] + steps[at + size :]
            if fails(fewer):
                steps = fewer
            else:
                at += size
        size //= 2
    return steps


def report(
    place: str, seed: int, number: int, folder: Path, *, length: int = LENGTH, captured: Sequence[bytes] = ()
) -> Path:
    """Writes the reproduction of a failed episode, and returns its file."""
    steps, wrong = recorded(place, seed, number, length=length, captured=captured)
    kind = wrong.kind if wrong is not None else "not again"
    told = f"{place}, seed {seed}, episode {number}, message {len(steps)}: {wrong}\n"
    small = smallest(place, seed, number, steps, kind)
    again = attempt(place, seed, number, small)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{place}-{seed}-{number}.txt"
    lines = [told, f"{len(small)} steps are enough: {again}\n"]
    lines += [
        f"{s.what} connection={s.connection} recv={s.recv} of={s.of or '-'} {s.asked} "
        f"damaged={s.damaged or '-'}\n"
        f"    {s.data[:20_000]!r}\n"
        for s in small[-60:]
    ]
    file.write_text("".join(lines), encoding="utf-8")
    return file
