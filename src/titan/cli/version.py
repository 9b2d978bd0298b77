"""`titan version`."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed
from typing import Annotated

import typer

from titan.cli.terminal import write_json


def versions() -> dict[str, str]:
    """What a run's numbers rest on: Titan, Python, compiler, arrays, the tape's format, the machine."""
    found = {"titan": _installed("titan"), "python": platform.python_version()}
    found |= {name: _installed(name) for name in ("numba", "llvmlite", "numpy", "pyarrow")}
    return found | {"platform": platform.platform()}


def _installed(name: str) -> str:
    try:
        return installed(name)
    except PackageNotFoundError:
        return "not installed"


def version(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say which versions are at work.

    Example: titan version --json
    """
    found = versions()
    if as_json:
        write_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name:<9} {value}")
