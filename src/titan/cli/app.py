"""The `titan` command. A command's module is imported only when that command runs, so that help is immediate.

Each name in `COMMANDS` is a module `titan.cli.<name>` that holds one function of the same name, or,
where it has sub-commands, a typer app named `app`.

This is the outermost supervision point: where any exception ends, as a message and an exit code.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from titan.cli.terminal import paint, write_json
from titan.model.errors import TitanError, TitanWarning

COMMANDS: Final = {
    "up": "Bring up a desk: a run, its doubles and the console, at a printed address.",
    "demo": "Run a finished example on a simulated market and open its report.",
    "run": "Run a strategy on live data: titan run --mode paper --config config/demo",
    "tui": "A run in the terminal: titan tui, or titan tui --mode demo",
    "api": "A run over HTTP and WebSocket, for the console and programs: titan api --run runs/demo-live",
    "panic": "Cancel and close everything, and prove it: titan panic --config config/doubles",
    "halts": "What keeps entries back by an order of yours or of the desk: titan halts show",
    "backtest": "Run a strategy over a tape: titan backtest sentinel --tape tapes/basis-5m --out runs/a",
    "sweep": "Backtest many sets of parameters: titan sweep sentinel --tape T --set entry_z=1.5,2,2.5",
    "replay": "Replay a recorded run and compare: titan replay --verify runs/a",
    "parity": "A run beside the backtest of its tape, on one page: titan parity runs/demo-live",
    "tape": "Import, inspect and merge market data: titan tape import DIR --out tapes/basis-5m",
    "sim": "Run a double of a venue: titan sim --venue binance --tape tapes/l2-20230405",
    "record": "Record live market data: titan record --venue kraken --instrument spot.BTCUSD --out tapes/r",
    "data": "Fetch published market data: titan data download --instrument perp.BTCUSDT --start 2025-01",
    "report": "Write a finished run's report again: titan report runs/a",
    "venues": "What can be done at each venue: titan venues --json",
    "doctor": "Check addresses, clock, key and limits of a venue: titan doctor --venue bybit",
    "orders": "Orders as the journal has them: titan orders --open",
    "positions": "What is held, folded from the journal's fills: titan positions --open",
    "fills": "Fills as the journal has them: titan fills --since 2026-11-21",
    "transfers": "Money on its way between wallets: titan transfers --open",
    "differences": "Where venues and the books differ, by the last reconciliation: titan differences",
    "trace": "The story of a saga, an intent or an order: titan trace ID",
    "journal": "Check, search and export the journal: titan journal verify --store sqlite:///titan.db",
    "keys": "Keep the API keys of venues, encrypted: titan keys add binance",
    "users": "Say who may use the gateway: titan users add anna --scopes read,trade",
    "config": "Check and explain the configuration: titan config show",
    "version": "Say which versions are at work.",
}
STOPPED: Final = 130
UNEXPECTED: Final = 70
OUTDATED: Final = "The environment is not that of this version: `make demo` brings it up to date."


class Commands(TyperGroup):
    """The commands by name; only the one that is called is imported."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, summary in COMMANDS.items():
            if importlib.util.find_spec(f"titan.cli.{name}"):
                self.add_command(TyperCommand(name, help=summary), name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] in self.commands:
            self.add_command(_load(args[0]), args[0])
        return super().resolve_command(ctx, args)


def _load(name: str) -> Any:
    module = importlib.import_module(f"titan.cli.{name}")
    group: typer.Typer | None = getattr(module, "app", None)
    if group is not None and (group.registered_commands or group.registered_groups):
        return get_command(group)
    single = typer.Typer(add_completion=False)
    single.command(name)(getattr(module, name))
    return get_command(single)


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Begin with `titan demo`. Every command takes --help; all but up, api and tui take --json, for "
    "one JSON document.",
)


def _say_version(wanted: bool) -> None:
    if wanted:
        from titan.cli.version import versions

        typer.echo(versions()["titan"])
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_say_version)
]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an unexpected error.")]


@app.callback()
def titan(version: Version = False, debug: Debug = False) -> None:
    """Titan: an automated crypto trading platform whose live, paper and backtest paths are the same code."""
    del version, debug  # `main` takes --debug from the arguments, so that it may stand anywhere


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    0 done, 2 wrong usage or configuration, 3 wrong data, 4 storage, 5 a replay that differs, 70 a fault in
    Titan, 130 stopped by Ctrl-C; `model/errors.py` says which error has which.
    """
    given = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in given or bool(os.environ.get("TITAN_DEBUG"))
    rest = [word for word in given if word != "--debug"]
    as_json = "--json" in rest
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning  # type: ignore[assignment]  # the last two are not used
            code = _run(rest)
    except TitanError as error:
        _tell(type(error).__name__, error.message, error.remedy, error.exit_code, as_json)
        return error.exit_code
    except typer.TyperException as error:
        path = getattr(getattr(error, "ctx", None), "command_path", "titan")
        exit_code = int(getattr(error, "exit_code", 2))
        if str(error):  # empty when a group was called bare and has shown its help
            _tell("UsageError", str(error), f"`{path} --help` shows how to call it.", exit_code, as_json)
        return exit_code
    except (KeyboardInterrupt, typer.Abort):
        code = STOPPED
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # noqa: BLE001  the named supervision point: nothing above this can be wrong any more
        message = f"unexpected {type(error).__name__}: {error}"
        remedy = OUTDATED if _missing(error) else _keep_traceback(error, debug=debug)
        _tell(type(error).__name__, message, remedy, UNEXPECTED, as_json)
        return UNEXPECTED
    if code == STOPPED:
        _tell("Stopped", "stopped", "", STOPPED, as_json)
    return code


def _run(arguments: list[str]) -> int:
    """The exit code that the command asked for; 0 where it only returned."""
    result = get_command(app).main(args=arguments, prog_name="titan", standalone_mode=False)
    sys.stdout.flush()
    return result if isinstance(result, int) else 0


def _tell(kind: str, message: str, remedy: str, exit_code: int, as_json: bool) -> None:
    message, remedy = _scrub(message), _scrub(remedy)
    if as_json:
        error = {"type": kind, "message": message, "remedy": remedy, "exit_code": exit_code}
        write_json({"error": error}, sys.stderr)
        return
    text = message if kind == "Stopped" else f"error: {message}"
    sys.stderr.write(paint(text, "red", sys.stderr) + (f"\n  {remedy}" if remedy else "") + "\n")


def _missing(error: Exception) -> bool:
    """Whether a package that Titan needs is not installed."""
    return isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] != "titan"


def _keep_traceback(error: Exception, *, debug: bool) -> str:
    """Save the traceback, or show it where asked to or where saving fails; returns what to tell the user."""
    text = _scrub("".join(traceback.format_exception(error)))
    if not debug:
        try:
            file = _crash_file()
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        except OSError:
            pass
        else:
            return f"This is a fault in Titan. Its traceback is in {file}; --debug shows it here."
    sys.stderr.write(text)
    return "This is a fault in Titan. Please report it with the traceback above."


def _scrub(text: str) -> str:
    """Without the secrets that this process has read; where it read none, the vault was never imported."""
    if "titan.runtime.secrets" not in sys.modules:
        return text
    from titan.runtime.secrets import scrub

    return scrub(text)


def _crash_file() -> Path:
    from platformdirs import user_log_path

    from titan.runtime.clock import WallClock

    return user_log_path("titan") / f"crash-{WallClock().now()}-{os.getpid()}.txt"


def _reader_left() -> int:
    """The reader of our output (`head`, a pager) has left, as it may: nothing is wrong."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _show_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int, *rest: object
) -> None:
    del rest
    if issubclass(category, TitanWarning):
        sys.stderr.write(f"note: {message}\n")
    else:
        sys.stderr.write(warnings.formatwarning(message, category, filename, lineno))


if __name__ == "__main__":
    sys.exit(main())
