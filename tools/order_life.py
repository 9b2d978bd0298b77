"""The life of an order, drawn from its transition table: prints docs/order-life.md."""

from __future__ import annotations

from titan.model.order import FINAL, TRANSITIONS, Cell, OrderEvent, OrderState, Verdict

HEAD = """# The life of an order

Made from the transition table in `src/titan/model/order.py` by `python tools/order_life.py`; a test holds
them equal. Every state has a cell for every event, of which there are three kinds:

- **a move**, with the state after it. A fill after a cancel or an expiry is a fill: the position is real.
- **ignored**: a duplicate, or a report that comes late and tells nothing. A timeout never means failure.
- **a contradiction**, in italics: what the venue cannot say of such an order. It raises nothing. What it
  proves is taken over, the journal has it, the operator is told, and entries of that instrument stop until
  somebody lifts that (`titan halts lift`). So is a fill beyond the order's size, of another side or
  instrument, or of no lots.

Until it is answered, a change of an order (amend) keeps the larger of the two sizes reserved. A report that
speaks of fills without a fill only proves that the order is known. Drawn are the moves between states.
"""


def page() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> pending : journalled and sent"]
    for state, row in TRANSITIONS.items():
        for event, cell in row.items():
            if cell.verdict is Verdict.MOVE and cell.after is not state:
                lines.append(f"    {state} --> {cell.after} : {event}")
    lines += [f"    {state} --> [*]" for state in OrderState if state in FINAL]
    lines.append("```")
    table = ["| state | " + " | ".join(OrderEvent) + " |", "| --- " * (len(OrderEvent) + 1) + "|"]
    for state, row in TRANSITIONS.items():
        cells = [_text(row[event]) for event in OrderEvent]
        table.append(f"| **{state}** | " + " | ".join(cells) + " |")
    return "\n".join([HEAD, *lines, "", *table, ""])


def _text(cell: Cell) -> str:
    match cell.verdict:
        case Verdict.MOVE:
            return str(cell.after)
        case Verdict.IGNORED:
            return "ignored"
        case Verdict.CONTRADICTION:
            return f"*{cell.after}*"


if __name__ == "__main__":
    print(page(), end="")
