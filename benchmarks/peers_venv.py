"""The peers' own environment: `.venv-peers`, made once from a lock of exact versions and hashes.
 The lock names no address, so pip looks where the user's own configuration says. A peer that cannot be
installed for the running Python (no wheel, no compiler) is left out, and the results say so.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Final, NamedTuple

LOCK: Final = Path(__file__).with_name("requirements-peers.lock")
OPTIONAL: Final[dict[str, tuple[str, ...]]] = {
    "nautilus-trader": ("nautilus-trader",),
    "cryptofeed": ("cryptofeed", "order-book", "yapic-json"),
}
"""Peers with wheels for some Pythons only, or none, and what is built with them."""


class Peers(NamedTuple):
    python: Path
    missing: dict[str, str]
    """Peer by name: why it cannot run here."""
    versions: dict[str, str]


def ready(folder: Path, say: Callable[[str], None]) -> Peers:
    """Make the environment unless it stands already for this lock and this Python; raises
    CalledProcessError.
    """
    marker = folder / "ready.json"
    python = folder / "bin" / "python"
    key = hashlib.blake2b(LOCK.read_bytes() + sys.version.encode(), digest_size=8).hexdigest()
    if marker.is_file():
        known = json.loads(marker.read_text())
        if known["key"] == key:
            return Peers(python, known["missing"], known["versions"])
    say(f"preparing the peers' environment {folder.name} (once; a minute or two)")
    _run([sys.executable, "-m", "venv", "--clear", str(folder)])
    lock = LOCK.read_text()
    for left_out in (some for n in range(len(OPTIONAL) + 1) for some in combinations(OPTIONAL, n)):
        if _install(python, without(lock, tuple(p for name in left_out for p in OPTIONAL[name])), folder):
            break
    else:
        _run(_pip(python, LOCK))  # fails again, with pip's own words
    missing = {name: f"it cannot be installed for Python {sys.version.split()[0]}" for name in left_out}
    versions = _versions(python)
    marker.write_text(json.dumps({"key": key, "missing": missing, "versions": versions}))
    return Peers(python, missing, versions)


def without(lock: str, names: tuple[str, ...]) -> str:
    """The lock without the blocks of `names`; what only they needed stays and does no harm."""
    blocks = re.split(r"\n(?=\S)", lock)
    return "\n".join(b for b in blocks if not b.startswith(tuple(f"{name}==" for name in names)))


def _pip(python: Path, lock: Path) -> list[str]:
    quiet = ["-qq", "--disable-pip-version-check", "--prefer-binary", "--no-deps", "--require-hashes"]
    return [str(python), "-m", "pip", "install", *quiet, "-r", str(lock)]


def _install(python: Path, lock: str, folder: Path) -> bool:
    wanted = folder / "requirements.lock"
    wanted.write_text(lock)
    return subprocess.run(_pip(python, wanted), capture_output=True, check=False).returncode == 0


def _versions(python: Path) -> dict[str, str]:
    listed = _run([str(python), "-m", "pip", "list", "--format", "json", "--disable-pip-version-check"])
    return {row["name"].lower().replace("_", "-"): row["version"] for row in json.loads(listed)}


def _run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
