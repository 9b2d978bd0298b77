"""What the figures were measured on, without naming the machine or any path on it."""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from pathlib import Path


def describe() -> dict[str, str]:
    """CPU model, cores, memory, system, Python and Titan's own libraries."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 0
    return {
        "cpu": _cpu_model(),
        "cores": str(cores),
        "memory": f"{_memory_gb():.0f} GB" if _memory_gb() else "unknown",
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {sys.version.split()[0]}",
        **{name: _version(name) for name in ("numba", "numpy", "pyarrow")},
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or "unknown"
    known = dict(line.split(":", 1) for line in lines if ":" in line)
    fields = {name.strip(): value.strip() for name, value in known.items()}
    numbers = ", ".join(f"{n} {fields[n]}" for n in ("cpu family", "model", "stepping") if n in fields)
    return f"{fields.get('model name', 'unknown')} ({numbers})"


def _memory_gb() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    except (ValueError, OSError):
        return 0.0


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"
