"""The figures of STYLE and the rules that no other tool knows, printed and checked on every run of CI.

    python tools/house.py [ROOT]      exit code 1 when a limit or a rule is broken

Plain standard library, so that it runs before anything is installed.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WINDOW = 8
"""Lines of a window when duplication is counted."""

CLOCK = "runtime/clock.py"
SUPERVISION = {
    ("cli/app.py", "main"): "the outermost point: a message and an exit code",
    ("market/tape/write.py", "close"): "removes the half-written tape and re-raises",
    ("storage/journal.py", "_work"): "the thread that writes: tells its owner, and tries again",
    ("api/watcher.py", "attempt"): "the thread that looks at a run: says that it cannot, and tries again",
}
"""(file, function) where a broad except may stand, and what it does there."""

SHARED_BY_VENUES = ("venues/recorded", "venues/socket", "venues/gateway")
"""Folders beside the venues' own: they belong to none."""

BANNED_NAMES = {"utils", "util", "common", "helpers", "helper", "misc"}
NO_ANY = {"model", "market", "risk", "portfolio", "execution"}
EXACT_MONEY = {"model", "portfolio", "risk"}
MONEY = {"fee", "fees", "amount", "balance", "cash", "capital", "cost", "paid", "debit", "credit"}
CLOCK_CALLS = {
    "time.time", "time.time_ns", "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
    "datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today",
}  # fmt: skip


@dataclass(frozen=True)
class Source:
    """One file of the package. `place` is its path within the package, `room` the first folder of it."""

    place: str
    text: str
    tree: ast.Module

    @property
    def room(self) -> str:
        return self.place.partition("/")[0].removesuffix(".py")

    @property
    def lines(self) -> int:
        return self.text.count("\n") + 1

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (
            node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        )


@dataclass(frozen=True)
class Figure:
    """A measured figure and the limit it must keep: below it, or at most it where `inclusive`."""

    name: str
    value: float
    limit: float
    unit: str = ""
    inclusive: bool = False

    @property
    def kept(self) -> bool:
        return self.value <= self.limit if self.inclusive else self.value < self.limit

    def __str__(self) -> str:
        bound = "at most" if self.inclusive else "below"
        mark = "" if self.kept else "   <-- BROKEN"
        return f"{self.name:<34}{self.value:>8.4g}{self.unit:<2}  {bound} {self.limit:g}{self.unit}{mark}"


def read_package(package: Path) -> list[Source]:
    files = sorted(package.rglob("*.py"))
    texts = [(file.relative_to(package).as_posix(), file.read_text(encoding="utf-8")) for file in files]
    return [Source(place, text, ast.parse(text, place)) for place, text in texts]


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank: the smallest value with at least `share` of all values at or below it."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 100) // 100) - 1)] if ordered else 0.0


def figures(sources: Sequence[Source]) -> list[Figure]:
    files = [source.lines for source in sources]
    spans = [(node.end_lineno or 0) - node.lineno + 1 for source in sources for node in source.functions()]
    methods = [
        sum(
            isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name[0] != "_"
            for part in node.body
        )
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
    ]
    venues, doubles = Counter[str](), Counter[str]()
    for source in sources:
        if source.room in ("venues", "doubles") and source.place.count("/") > 1:
            of = venues if source.room == "venues" else doubles
            of[source.place.rpartition("/")[0]] += source.lines
    for shared in SHARED_BY_VENUES:
        del venues[shared]
    return [
        Figure("file lines, median", percentile(files, 0.5), 150),
        Figure("file lines, p95", percentile(files, 0.95), 400),
        Figure("file lines, largest", max(files, default=0), 600, inclusive=True),
        Figure("function lines, p95", percentile(spans, 0.95), 45),
        Figure("public methods of a class, most", max(methods, default=0), 20, inclusive=True),
        Figure("lines of a venue, most", max(venues.values(), default=0), 1500, inclusive=True),
        Figure("lines of a double, most", max(doubles.values(), default=0), 2500, inclusive=True),
        Figure(f"duplicated {WINDOW}-line windows", 100 * duplicated(sources), 2, unit="%"),
        Figure("signature parts not annotated", 100 * not_annotated(sources), 0, unit="%", inclusive=True),
    ]


def duplicated(sources: Sequence[Source]) -> float:
    """Share of the windows of code lines (no blank or comment lines) that stand in more than one place."""
    windows: Counter[tuple[str, ...]] = Counter()
    for source in sources:
        lines = [line.strip() for line in source.text.splitlines()]
        code = [line for line in lines if line and not line.startswith("#")]
        windows.update(tuple(code[at : at + WINDOW]) for at in range(len(code) - WINDOW + 1))
    total = windows.total()
    return sum(count for count in windows.values() if count > 1) / total if total else 0.0


def not_annotated(sources: Sequence[Source]) -> float:
    parts = [bool(note) for source in sources for node in source.functions() for _, note in signature(node)]
    return 1 - sum(parts) / len(parts) if parts else 0.0


def signature(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[tuple[str, ast.expr | None]]:
    """(name, annotation) of every parameter but self and cls, and of the result under the name "return"."""
    given = node.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    for argument in every:
        if argument is not None and argument.arg not in ("self", "cls"):
            yield argument.arg, argument.annotation
    yield "return", node.returns


def broad_excepts(source: Source) -> Iterator[str]:
    """Broad handlers outside the named supervision points."""
    owners = {id(inner): node.name for node in source.functions() for inner in ast.walk(node)}
    for node in ast.walk(source.tree):
        named = node.type if isinstance(node, ast.ExceptHandler) else None
        bare = isinstance(node, ast.ExceptHandler) and named is None
        suppressed = isinstance(node, ast.Call) and dotted(node.func).endswith("suppress")
        caught = node.args if isinstance(node, ast.Call) and suppressed else [named] if named else []
        wide = any(broad(kind) for kind in caught)
        if (bare or wide) and (source.place, owners.get(id(node), "")) not in SUPERVISION:
            line = getattr(node, "lineno", 0)
            yield f"{source.place}:{line}: a broad except outside the named supervision points"


def broad(kind: ast.expr) -> bool:
    return any(
        dotted(part) in ("Exception", "BaseException")
        for part in ast.walk(kind)
        if isinstance(part, ast.expr)
    )


def clock_readers(source: Source) -> Iterator[str]:
    """Only one module reads the wall clock; all others are given a `ports.Clock`."""
    if source.place == CLOCK:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCK_CALLS:
            call = f"{dotted(node.func)}()"
            yield f"{source.place}:{node.lineno}: {call} is read outside {CLOCK}: take a ports.Clock"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            for name in {alias.name for alias in node.names} & {"time", "time_ns"}:
                yield f"{source.place}:{node.lineno}: {name} is imported outside {CLOCK}: take a ports.Clock"


def vague_signatures(source: Source) -> Iterator[str]:
    if source.room not in NO_ANY:
        return
    for node in source.functions():
        for name, note in signature(node):
            if note is not None and mentions(note, "Any"):
                yield f"{source.place}:{node.lineno}: Any in the signature of {node.name} ({name})"


def float_money(source: Source) -> Iterator[str]:
    """Money is Decimal: an annotation with float on a name that ends in a word for money."""
    if source.room not in EXACT_MONEY:
        return
    declared = [
        (node.target.id, node.annotation, node.lineno)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]
    declared += [
        (name, note, node.lineno)
        for node in source.functions()
        for name, note in [*signature(node), (node.name, node.returns)]
        if note is not None
    ]
    for name, note, line in declared:
        if name.lower().rpartition("_")[2] in MONEY and mentions(note, "float"):
            yield f"{source.place}:{line}: {name} is money and must not be float"


def bare_signatures(source: Source) -> Iterator[str]:
    for node in source.functions():
        for name, note in signature(node):
            if note is None:
                yield f"{source.place}:{node.lineno}: {node.name} has no annotation for {name}"


def banned_names(source: Source) -> Iterator[str]:
    for part in source.place.removesuffix(".py").split("/"):
        if part in BANNED_NAMES:
            yield f"{source.place}: name it by what it is about, not '{part}'"


def dotted(node: ast.expr) -> str:
    """`a.b.c` of an attribute chain; "" of anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def mentions(note: ast.expr, name: str) -> bool:
    """Whether an annotation, quoted or not, names this type anywhere in it."""
    for part in ast.walk(note):
        if isinstance(part, ast.expr) and dotted(part).rpartition(".")[2] == name:
            return True
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and part is note:
            return mentions(ast.parse(part.value, mode="eval").body, name)
    return False


RULES: tuple[Callable[[Source], Iterator[str]], ...] = (
    broad_excepts, clock_readers, bare_signatures, vague_signatures, float_money, banned_names,
)  # fmt: skip


def main(root: Path) -> int:
    sources = read_package(root / "src" / "titan")
    measured = figures(sources)
    broken = [message for source in sources for rule in RULES for message in rule(source)]
    total = sum(source.lines for source in sources)
    print(
        f"house figures: {len(sources)} files, {total} lines, broad excepts: {len(SUPERVISION)} named points"
    )
    print("\n".join(f"  {figure}" for figure in measured))
    print(
        "\n".join(f"  {message}" for message in broken)
        or "  rules: clock, broad excepts, Any, money, names: kept"
    )
    over = [f"  {source.place}: {source.lines} lines" for source in sources if source.lines > 400]
    print("\n".join(["  largest files:", *over]) if over else "  no file above 400 lines")
    return 0 if not broken and all(figure.kept for figure in measured) else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent))
