"""The walls of the house: each check finds what it is there to find."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

REPO = Path(__file__).resolve().parent.parent


def _load() -> ModuleType:
    spec = spec_from_file_location("house", REPO / "tools" / "house.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["house"] = module
    spec.loader.exec_module(module)
    return module


house = _load()


def write(root: Path, **files: str) -> Path:
    for name, text in files.items():
        file = root / "src" / "titan" / (name.replace("__", "/") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("engine__a", "import time\nnow = time.time_ns()\n", "time.time_ns() is read outside"),
        ("engine__a", "from time import time\n", "time is imported outside"),
        ("engine__a", "import datetime\nx = datetime.datetime.now()\n", "datetime.datetime.now() is read"),
        ("engine__a", "try:\n    pass\nexcept Exception:\n    raise\n", "a broad except"),
        ("engine__a", "try:\n    pass\nexcept (OSError, BaseException):\n    raise\n", "a broad except"),
        ("engine__a", "try:\n    pass\nexcept:\n    raise\n", "a broad except"),
        (
            "engine__a",
            "import contextlib\nwith contextlib.suppress(Exception):\n    pass\n",
            "a broad except",
        ),
        (
            "model__a",
            "from typing import Any\ndef f(x: list[Any]) -> None: ...\n",
            "Any in the signature of f (x)",
        ),
        ("risk__a", "import typing\ndef f() -> typing.Any: ...\n", "Any in the signature of f (return)"),
        ("market__a", "def f(x: 'dict[str, Any]') -> None: ...\n", "Any in the signature of f (x)"),
        ("portfolio__a", "class A:\n    maker_fee: float\n", "maker_fee is money"),
        ("model__a", "def f(amount: float | None) -> None: ...\n", "amount is money"),
        ("model__a", "def balance() -> float: ...\n", "balance is money"),
        ("engine__utils", "", "not 'utils'"),
        ("common__a", "", "not 'common'"),
        ("engine__a", "def f(x) -> None: ...\n", "signature parts not annotated"),
        ("engine__a", "x = 1\n" * 601, "file lines, largest"),
        ("engine__a", "def f() -> None:\n" + "    x = 1\n" * 45, "function lines, p95"),
        (
            "engine__a",
            "class A:\n" + "".join(f"    def m{i}(self) -> None: ...\n" for i in range(21)),
            "methods",
        ),
    ],
)
def test_the_house_check_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, words: str
) -> None:
    assert house.main(write(tmp_path, **{name: text})) == 1
    broken = [line for line in capsys.readouterr().out.splitlines() if "BROKEN" in line or ".py" in line]
    assert [line for line in broken if words in line], broken


def test_the_house_check_leaves_good_code_alone(tmp_path: Path) -> None:
    files = {
        "runtime__clock": "import time\ndef now() -> int:\n    return time.time_ns()\n",
        "engine__a": "import time\ndef f(x: 'Any') -> float:\n    return time.monotonic()\n",
        "model__a": "from decimal import Decimal\ndef fee(rate: float) -> Decimal: ...\n",
        "cli__app": "def main() -> None:\n    try:\n        pass\n    except Exception:\n        raise\n",
    }
    assert house.main(write(tmp_path, **files)) == 0


def test_duplication_is_the_share_of_windows_seen_twice(tmp_path: Path) -> None:
    same = "".join(f"x{i} = {i}\n" for i in range(8))
    package = write(tmp_path, a__a=same + "y = 1\n", b__b="# said in passing\n\n" + same) / "src" / "titan"
    assert house.duplicated(house.read_package(package)) == pytest.approx(2 / 3)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.95, 95), (1.0, 100)])
def test_percentile_is_the_nearest_rank(share: float, value: int) -> None:
    assert house.percentile(range(1, 101), share) == value
    assert house.percentile([7], share) == 7


ARROWS = {
    "Every arrow points down": ("model/fill", "titan.engine.pump"),
    "market uses model only": ("market/book", "titan.ports"),
    "risk and portfolio use model only": ("risk/gates", "titan.market.book"),
    "ports names model, and the rows of a tape": ("ports", "titan.market.book"),
    "strategies use market and model": ("strategies/protocol", "titan.ports"),
    "execution uses ports, risk, portfolio and model": ("execution/desk", "titan.market.book"),
    "storage uses ports and model": ("storage/chain", "titan.portfolio.ledger"),
    "simulation and venues use ports, market and model": ("venues/__init__", "titan.risk"),
    "doubles use simulation, and nothing that could share a client's mistakes": (
        "doubles/__init__",
        "titan.venues.addresses",
    ),
    "the engine knows no venue, simulated or real": ("engine/pump", "titan.simulation"),
    "the engine knows strategies by their protocol": ("engine/pump", "titan.strategies.sentinel"),
    "a report reads a run's folder: model only": ("report/__init__", "titan.portfolio"),
    "views, what is read of a run, uses model only": ("views/board", "titan.portfolio.ledger"),
    "the terminal reads views and files, and knows nothing of what trades": (
        "tui/source",
        "titan.runtime.trading.run",
    ),
    "the gateway reads files; what trades is for its controls and replay": (
        "api/watcher",
        "titan.execution.desk",
    ),
    "nobody imports cli": ("runtime/clock", "titan.cli.app"),
}


def test_every_contract_finds_an_arrow_that_points_the_wrong_way(tmp_path: Path) -> None:
    settings = tomllib.loads((REPO / "pyproject.toml").read_text())["tool"]["importlinter"]
    assert {contract["name"] for contract in settings["contracts"]} == set(ARROWS)
    shutil.copytree(REPO / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    for place, target in ARROWS.values():
        file = tmp_path / "src" / "titan" / f"{place}.py"
        file.write_text(f"{file.read_text()}\nimport {target}\n")
    code = (
        "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as c; c()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--no-cache"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    verdicts = re.findall(r"^(.+?) (KEPT|BROKEN)", done.stdout, flags=re.MULTILINE)
    assert dict(verdicts) == dict.fromkeys(ARROWS, "BROKEN"), done.stdout


def test_no_file_names_an_address_of_a_registry() -> None:
    locks = [*REPO.glob("*.lock"), *REPO.glob("benchmarks/*.lock")]
    assert locks
    for file in [*locks, REPO / "Makefile", REPO / "pyproject.toml", REPO / ".pre-commit-config.yaml"]:
        assert "://" not in file.read_text(), file
