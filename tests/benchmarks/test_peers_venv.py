"""The peers' lock pins everything, and names no place."""

from __future__ import annotations

import re

from benchmarks import peers_venv


def test_every_line_of_the_lock_is_pinned_and_hashed() -> None:
    text = peers_venv.LOCK.read_text()
    blocks = [b for b in re.split(r"\n(?=\S)", text) if b.strip() and not b.startswith("#")]
    assert len(blocks) > 10
    for block in blocks:
        assert re.match(r"[A-Za-z0-9_.-]+==\S+", block), block
        assert "--hash=sha256:" in block, block
    assert "://" not in text


def test_a_peer_can_be_left_out_with_its_hashes() -> None:
    blocks = [
        "a==1 \\\n    --hash=sha256:1\n    # via x",
        "bb==2 \\\n    --hash=sha256:2",
        "c==3 \\\n    --hash=sha256:3",
    ]
    left = peers_venv.without("\n".join(blocks), ("bb",))
    assert left == "\n".join([blocks[0], blocks[2]])


def test_the_optional_peers_stand_in_the_lock() -> None:
    lock = peers_venv.LOCK.read_text()
    for parts in peers_venv.OPTIONAL.values():
        for part in parts:
            assert f"\n{part}==" in lock
            assert f"\n{part}==" not in peers_venv.without(lock, parts)
