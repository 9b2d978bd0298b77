"""The life of an order, drawn from its transition table: prints docs/order-life.md."""

from __future__ import annotations

from titan.model.order import FINAL, TRANSITIONS, OrderEvent, OrderState

HEAD = """# The life of an order

Made from the transition table in `src/titan/model/order.py` by `python tools/order_life.py`; a test holds
them equal. A report that changes nothing (a duplicate, a late acknowledgement) is not drawn. A fill after a
cancel or an expiry is a fill: the position is real. A timeout never means failure.
"""


def page() -> str:
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> pending : journalled and sent"]
    for state, row in TRANSITIONS.items():
        for event, after in row.items():
            if after is not state:
                lines.append(f"    {_name(state)} --> {_name(after)} : {event}")
    lines += [f"    {_name(state)} --> [*]" for state in OrderState if state in FINAL]
    lines.append("```")
    table = [
        "| state | " + " | ".join(str(e) for e in _events()) + " |",
        "| --- " * (len(_events()) + 1) + "|",
    ]
    for state, row in TRANSITIONS.items():
        cells = [str(row.get(event, "error")) for event in _events()]
        table.append(f"| **{state}** | " + " | ".join(cells) + " |")
    return "\n".join([HEAD, *lines, "", *table, ""])


def _events() -> list[OrderEvent]:
    return list(dict.fromkeys(event for row in TRANSITIONS.values() for event in row))


def _name(state: OrderState) -> str:
    return str(state)


if __name__ == "__main__":
    print(page(), end="")
