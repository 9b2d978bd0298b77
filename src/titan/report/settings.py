"""The effective configuration as flat keys, and the z-scores at which the strategy acts."""

from __future__ import annotations

import msgspec

from titan.report.documents import RunDocument

ENTRY = ("entry_z", "z_entry", "expand_z", "z_expand", "open_z", "z_open")
EXIT = ("exit_z", "z_exit", "contract_z", "z_contract", "close_z", "z_close")


def flat(run: RunDocument) -> list[tuple[str, str]]:
    """`section.key` and its value as text, in the document's order."""
    found: list[tuple[str, str]] = []
    _walk("", msgspec.json.decode(run.config), found)
    return found


def _walk(path: str, node: object, found: list[tuple[str, str]]) -> None:
    if isinstance(node, dict) and node:
        for key, value in node.items():
            _walk(f"{path}.{key}" if path else str(key), value, found)
    else:
        found.append((path, node if isinstance(node, str) else msgspec.json.encode(node).decode()))


def thresholds(run: RunDocument) -> dict[str, float | None]:
    """The entry and exit z-score, where the configuration has them under one of their usual names."""
    last = {path.rsplit(".", 1)[-1]: value for path, value in reversed(flat(run))}
    return {name: _first(last, keys) for name, keys in (("entry", ENTRY), ("exit", EXIT))}


def least_edge(run: RunDocument) -> float:
    """The edge in bps that an entry must leave after costs; 0 where the configuration has none."""
    last = {path.rsplit(".", 1)[-1]: value for path, value in reversed(flat(run))}
    return _first(last, ("min_edge_bps",)) or 0.0


def risk_free(run: RunDocument) -> float:
    """The yearly rate that Sharpe and Sortino are taken over."""
    return _first(dict(flat(run)), ("report.risk_free_apr",)) or 0.0


def _first(values: dict[str, str], keys: tuple[str, ...]) -> float | None:
    for key in keys:
        try:
            return float(values[key])
        except (KeyError, ValueError):
            continue
    return None
