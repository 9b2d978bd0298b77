import { age, bps, moment, money, size } from "@/lib/format";
import type { TradeShape } from "@/lib/types";
import { Badge, type Column, Figure } from "@/ui";
import { SourceBar } from "../sources";

const NEVER = Number.POSITIVE_INFINITY;

export const KINDS: Record<string, "info" | "accent" | "warn" | "soft"> = {
  core: "info",
  satellite: "accent",
  vacuum: "warn",
};

export function Kind({ type }: { type: string }) {
  return <Badge tone={KINDS[type] ?? "soft"}>{type}</Badge>;
}

function source(name: string): Column<TradeShape> {
  return {
    id: name,
    head: name,
    align: "right",
    width: 84,
    grow: 0.15,
    from: 1240,
    cell: (row) => <Figure value={row.pnl[name] ?? "0"} tone="auto" />,
    value: (row) => row.pnl[name] ?? "0",
  };
}

function hidden(id: string, value: (row: TradeShape) => string | number | null): Column<TradeShape> {
  return { id, head: id, from: NEVER, card: false, cell: () => null, value };
}

/** `scale` is that of all bars. */
export function tradeColumns(scale: readonly [number, number]): readonly Column<TradeShape>[] {
  return [
    {
      id: "closed",
      head: "closed",
      width: 124,
      grow: 0.1,
      cell: (row) => <span className="text-soft">{moment(row.closed_ms, Date.now())}</span>,
      value: (row) => row.closed_ms,
    },
    {
      id: "id",
      head: "holding",
      width: 150,
      grow: 0.4,
      primary: true,
      cell: (row) => <span className="font-medium">{row.id}</span>,
      value: (row) => row.id,
    },
    {
      id: "type",
      head: "kind",
      width: 92,
      grow: 0.1,
      from: 700,
      cell: (row) => <Kind type={row.type} />,
      value: (row) => row.type,
    },
    {
      id: "held",
      head: "held",
      align: "right",
      width: 84,
      grow: 0.1,
      cell: (row) => age(row.seconds * 1000),
      value: (row) => row.seconds,
    },
    {
      id: "value",
      head: "value",
      title: "At entry, in quote",
      align: "right",
      width: 92,
      grow: 0.15,
      from: 860,
      cell: (row) => money(row.value),
      value: (row) => row.value,
    },
    {
      id: "path",
      head: "in → out",
      title: "The basis at which it was opened and closed, bps",
      align: "right",
      width: 124,
      grow: 0.15,
      from: 980,
      cell: (row) => <span className="text-soft">{`${bps(row.entry_basis)} → ${bps(row.exit_basis)}`}</span>,
      value: (row) => row.entry_basis,
    },
    {
      id: "bar",
      head: "by source",
      width: 120,
      grow: 1,
      card: false,
      from: 640,
      cell: (row) => <SourceBar pnl={row.pnl} total={row.total} scale={scale} />,
    },
    source("basis"),
    source("funding"),
    source("fees"),
    {
      id: "total",
      head: "P&L",
      align: "right",
      width: 88,
      grow: 0.15,
      cell: (row) => <Figure value={row.total} tone="auto" className="font-medium" />,
      value: (row) => row.total,
    },
    {
      id: "predicted",
      head: "promised",
      title: "The signal's edge, bps",
      align: "right",
      width: 92,
      grow: 0.1,
      cell: (row) => bps(row.predicted_bps),
      value: (row) => row.predicted_bps,
    },
    {
      id: "realised",
      head: "realised",
      title: "P&L over value at entry, bps",
      align: "right",
      width: 88,
      grow: 0.1,
      cell: (row) => <Figure value={row.realised_bps} digits={1} tone="auto" />,
      value: (row) => row.realised_bps,
    },
    hidden("pair", (row) => row.pair),
    hidden("size", (row) => size(row.size)),
    hidden("opened", (row) => row.opened_ms),
    hidden("exit_basis", (row) => row.exit_basis),
    hidden("slippage", (row) => row.pnl.slippage ?? "0"),
    hidden("reason", (row) => row.reason),
    hidden("closing", (row) => row.closing),
    hidden("trace", (row) => row.trace),
  ];
}
