"""What the commands that run something share: settings from the command line, the progress line, the
ending.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from titan.model.errors import ConfigError


def settings(pairs: Sequence[str] | None) -> dict[str, object]:
    """`key=value` texts as overrides; numbers, true and false are read as TOML reads them, all else is
    text.
    """
    import tomllib

    found: dict[str, object] = {}
    for pair in pairs or ():
        key, equals, text = pair.partition("=")
        if not equals:
            raise ConfigError(
                f"--set {pair}: expected key=value", remedy="for example --set sentinel.entry_z=2.5"
            )
        try:
            value: object = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            value = text
        found[key.strip()] = value
    return found


def print_result(folder: Path, *, as_json: bool) -> None:
    """The run's summary, or its report.json as the one document on stdout."""
    if as_json:
        sys.stdout.write(json.dumps(json.loads((folder / "report.json").read_text()), indent=2) + "\n")
        return
    from titan.report.summary import print_summary

    print_summary(folder)
