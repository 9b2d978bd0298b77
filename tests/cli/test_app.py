"""The outermost point: every end is a message and an exit code, and help imports nothing heavy."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import typer

from titan.cli import app as cli
from titan.model.errors import DataError, TitanWarning, VenueUnknown

REPO = Path(__file__).resolve().parents[2]
HEAVY = ("numba", "numpy", "pyarrow", "pydantic", "msgspec", "jinja2")
Install = Callable[[Callable[[], object]], None]


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Install:
    """Put a function in the place of `titan demo`; tracebacks go to `tmp_path`."""
    monkeypatch.setattr(cli, "_crash_file", lambda: tmp_path / "logs" / "crash.txt")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: name)

    def place(body: Callable[[], object]) -> None:
        def demo() -> object:
            return body()

        module = ModuleType("titan.cli.demo")
        module.__dict__["demo"] = demo
        monkeypatch.setitem(sys.modules, "titan.cli.demo", module)

    return place


def raising(error: BaseException) -> Callable[[], object]:
    def body() -> object:
        raise error

    return body


def titan(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    script = code or "import sys; from titan.cli.app import main; sys.exit(main())"
    env = {**os.environ, "PYTHONPATH": str(REPO / "src"), "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        capture_output=True,
        text=True,
        env=env,
        timeout=240,
        check=False,
    )


def test_help_names_the_commands_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from titan.cli.app import main; code = main(['--help'])\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "sys.exit(str(heavy) if heavy else code)"
    )
    done = titan(code=code)
    assert done.returncode == 0, done.stderr
    assert "config" in done.stdout
    assert "version" in done.stdout


def test_no_command_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 2
    out, err = capsys.readouterr()
    assert "Usage: titan" in out
    assert err == ""


def test_a_mistyped_command_gets_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["confg"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: No such command 'confg'. Did you mean 'config'?" in err
    assert "`titan --help`" in err


def test_a_wrong_option_names_the_command_that_helps(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["config", "show", "--jsn"]) == 2
    assert "`titan config show --help`" in capsys.readouterr().err


def test_a_command_that_returns_is_a_success(install: Install) -> None:
    install(lambda: None)
    assert cli.main(["demo"]) == 0


def test_a_command_chooses_its_exit_code(install: Install) -> None:
    install(raising(typer.Exit(5)))
    assert cli.main(["demo"]) == 5


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (DataError("a.csv, row 3: price is NaN", remedy="Mend row 3."), 3),
        (VenueUnknown("no answer", remedy="x"), 1),
    ],
)
def test_a_titan_error_is_its_message_its_remedy_and_its_code(
    install: Install, capsys: pytest.CaptureFixture[str], error: DataError, code: int
) -> None:
    install(raising(error))
    assert cli.main(["demo"]) == code
    assert capsys.readouterr().err == f"error: {error.message}\n  {error.remedy}\n"


def test_with_json_an_error_is_json_too(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> None:
        raise DataError("a.csv is empty", remedy="Choose another.")

    install(body)
    assert cli.main(["demo", "--json"]) == 2  # this stand-in has no such option: a usage error, told as JSON
    assert json.loads(capsys.readouterr().err)["error"]["type"] == "UsageError"
    assert cli.main(["config", "show", "nowhere", "--json"]) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["exit_code"] == 2
    assert "nowhere: there is no such file or folder" in error["message"]


def test_ctrl_c_ends_with_one_word(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    install(raising(KeyboardInterrupt()))
    assert cli.main(["demo"]) == 130
    assert capsys.readouterr().err == "stopped\n"


def test_a_fault_is_short_and_its_traceback_is_kept(
    install: Install, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    install(raising(ZeroDivisionError("by hand")))
    assert cli.main(["demo"]) == 70
    err = capsys.readouterr().err
    file = tmp_path / "logs" / "crash.txt"
    assert err.startswith("error: unexpected ZeroDivisionError: by hand\n")
    assert str(file) in err
    assert "Traceback" not in err
    assert "ZeroDivisionError: by hand" in file.read_text()


def test_a_package_that_is_missing_is_not_called_a_fault(
    install: Install, capsys: pytest.CaptureFixture[str]
) -> None:
    """After an update without `make`, the environment is older than the code."""
    install(raising(ModuleNotFoundError("No module named 'new'", name="new")))
    assert cli.main(["demo"]) == 70
    err = capsys.readouterr().err
    assert "'new'" in err
    assert "make demo" in err
    install(raising(ModuleNotFoundError("No module named 'titan.x'", name="titan.x")))
    assert cli.main(["demo"]) == 70
    assert "fault in Titan" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--debug", "demo"], ["demo", "--debug"]])
def test_debug_shows_the_traceback(
    install: Install, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    install(raising(ZeroDivisionError("by hand")))
    assert cli.main(arguments) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_traceback_that_cannot_be_kept_is_shown(
    install: Install, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    install(raising(ZeroDivisionError("by hand")))
    assert cli.main(["demo"]) == 70
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_warning_of_ours_is_a_note(install: Install, capsys: pytest.CaptureFixture[str]) -> None:
    def body() -> None:
        warnings.simplefilter("always")
        warnings.warn("bars only: the touch is assumed", TitanWarning, stacklevel=1)

    install(body)
    assert cli.main(["demo"]) == 0
    assert capsys.readouterr().err == "note: bars only: the touch is assumed\n"


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(ModuleType):
        def isatty(self) -> bool:
            return True

    from titan.cli.terminal import paint

    terminal = Terminal("terminal")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert paint("x", "red", terminal) == "\x1b[31mx\x1b[0m"  # type: ignore[arg-type]
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("x", "red", terminal) == "x"  # type: ignore[arg-type]


def test_a_reader_that_leaves_is_no_error() -> None:
    code = (
        "import os, sys; r, w = os.pipe(); os.close(r); os.dup2(w, 1)\n"
        "from titan.cli.app import main; sys.exit(main(['config', 'show']))"
    )
    done = titan(code=code)
    assert (done.returncode, done.stderr) in [(0, ""), (1, "")]
