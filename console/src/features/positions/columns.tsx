import { age, bps, moment, money, percent, size } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { HoldingRow, PositionRow } from "@/lib/types";
import { Badge, type Column, Figure } from "@/ui";
import { Instrument } from "../instrument";
import { SourceBar } from "../sources";
import { Kind } from "../trades/columns";

const STATES: Record<string, { glyph: string; tone: "good" | "accent" | "warn" | "soft" | "bad" }> = {
  open: { glyph: "●", tone: "good" },
  opening: { glyph: "▶", tone: "accent" },
  closing: { glyph: "◀", tone: "warn" },
  closed: { glyph: "■", tone: "soft" },
  stuck: { glyph: "✕", tone: "bad" },
};

export function HoldingBadge({ state }: { state: string }) {
  const { glyph, tone } = STATES[state] ?? { glyph: "·", tone: "soft" };
  return (
    <Badge tone={tone}>
      <span aria-hidden>{glyph}</span>
      {state}
    </Badge>
  );
}

/** How long it has been held, as it goes. */
export function HeldFor({ since }: { since: number }) {
  const now = useNow(1000);
  return <span>{since ? age(now - since) : "–"}</span>;
}

/** The basis at which it was opened, and where it stands (or was closed); an arrow says whether that pays. */
export function BasisPath({ row }: { row: HoldingRow }) {
  const now = row.state === "closed" ? row.exit_basis : row.basis;
  const gain =
    row.entry_basis !== null && now !== null ? (row.entry_basis - now) * (row.reverse ? -1 : 1) : 0;
  return (
    <span
      title={`opened at ${bps(row.entry_basis)}, ${row.state === "closed" ? "closed" : "now"} at ${bps(now)} bps`}
    >
      <span className="text-soft">{bps(row.entry_basis)}</span>
      <span className="text-dim"> → </span>
      <span className={gain > 0 ? "text-good" : gain < 0 ? "text-bad" : ""}>{bps(now)}</span>
    </span>
  );
}

/** Its size; on its way to another one that too, with how far it is. */
function Size({ row }: { row: HoldingRow }) {
  const moves = row.state === "opening" && Number(row.target) > 0;
  if (!moves) return <span>{size(row.size, 6)}</span>;
  return (
    <span title={`on its way to ${size(row.target)}`}>
      {size(row.size, 6)}{" "}
      <span className="text-lime">{percent(Number(row.size) / Number(row.target), 0)}</span>
    </span>
  );
}

function source(name: string): Column<HoldingRow> {
  return {
    id: name,
    head: name,
    align: "right",
    width: 84,
    grow: 0.15,
    from: 1100,
    cell: (row) => <Figure value={row.pnl?.[name] ?? null} tone="auto" />,
    value: (row) => row.pnl?.[name] ?? null,
  };
}

const NAME: Column<HoldingRow> = {
  id: "id",
  head: "holding",
  width: 148,
  grow: 0.3,
  primary: true,
  cell: (row) => <span className="font-medium">{row.id}</span>,
  value: (row) => row.id,
};
const KIND: Column<HoldingRow> = {
  id: "type",
  head: "kind",
  width: 92,
  grow: 0.1,
  from: 1400,
  cell: (row) => <Kind type={row.type} />,
  value: (row) => row.type,
};
const BASIS: Column<HoldingRow> = {
  id: "path",
  head: "in → now",
  title: "The basis at which it was opened, and where it stands, bps",
  align: "right",
  width: 128,
  grow: 0.2,
  cell: (row) => <BasisPath row={row} />,
  value: (row) => row.basis,
};
const TOTAL: Column<HoldingRow> = {
  id: "total",
  head: "P&L",
  align: "right",
  width: 92,
  grow: 0.15,
  cell: (row) => <Figure value={row.total} tone="auto" className="font-medium" />,
  value: (row) => row.total,
};

function bar(scale: readonly [number, number]): Column<HoldingRow> {
  return {
    id: "bar",
    head: "by source",
    width: 110,
    grow: 1,
    from: 860,
    card: false,
    cell: (row) => <SourceBar pnl={row.pnl} total={row.total} scale={scale} />,
  };
}

export function heldColumns(scale: readonly [number, number]): readonly Column<HoldingRow>[] {
  return [
    NAME,
    {
      id: "state",
      head: "state",
      width: 96,
      grow: 0.1,
      cell: (row) => <HoldingBadge state={row.state} />,
      value: (row) => row.state,
    },
    KIND,
    {
      id: "size",
      head: "size",
      title: "In base units",
      align: "right",
      width: 104,
      grow: 0.2,
      cell: (row) => <Size row={row} />,
      value: (row) => row.size,
    },
    {
      id: "value",
      head: "value",
      align: "right",
      width: 96,
      grow: 0.15,
      cell: (row) => <Figure value={row.value} />,
      value: (row) => row.value,
    },
    BASIS,
    {
      id: "apr",
      head: "APR",
      title: "The funding forecast of its pair, a year",
      align: "right",
      width: 86,
      grow: 0.1,
      from: 980,
      cell: (row) => percent(row.forecast_apr, 1, true),
      value: (row) => row.forecast_apr,
    },
    {
      id: "for",
      head: "held for",
      align: "right",
      width: 84,
      grow: 0.1,
      from: 640,
      cell: (row) => <HeldFor since={row.opened_ms} />,
      value: (row) => row.opened_ms,
    },
    bar(scale),
    source("basis"),
    source("funding"),
    source("fees"),
    TOTAL,
  ];
}

export function endedColumns(scale: readonly [number, number]): readonly Column<HoldingRow>[] {
  return [
    {
      id: "closed",
      head: "closed",
      width: 124,
      grow: 0.1,
      cell: (row) => <span className="text-soft">{moment(row.closed_ms, Date.now())}</span>,
      value: (row) => row.closed_ms,
    },
    NAME,
    KIND,
    { ...BASIS, head: "in → out", value: (row) => row.exit_basis },
    {
      id: "for",
      head: "held for",
      align: "right",
      width: 84,
      grow: 0.1,
      cell: (row) => age(row.closed_ms - row.opened_ms),
      value: (row) => row.closed_ms - row.opened_ms,
    },
    {
      id: "closing",
      head: "why it ended",
      width: 140,
      grow: 2,
      from: 700,
      cell: (row) => (
        <span className="text-soft" title={row.closing}>
          {row.closing || "–"}
        </span>
      ),
      value: (row) => row.closing,
    },
    bar(scale),
    source("basis"),
    source("funding"),
    source("fees"),
    TOTAL,
  ];
}

export const POSITIONS: readonly Column<PositionRow>[] = [
  {
    id: "instrument",
    head: "instrument",
    width: 160,
    grow: 0.6,
    primary: true,
    cell: (row) => <Instrument id={row.instrument} />,
    value: (row) => row.instrument,
  },
  {
    id: "side",
    head: "side",
    width: 66,
    grow: 0.1,
    cell: (row) =>
      row.size.startsWith("-") ? (
        <span className="text-info">short</span>
      ) : (
        <span className="text-good">long</span>
      ),
    value: (row) => (row.size.startsWith("-") ? "short" : "long"),
  },
  {
    id: "size",
    head: "size",
    align: "right",
    width: 92,
    grow: 0.2,
    cell: (row) => size(row.size, 6),
    value: (row) => row.size,
  },
  {
    id: "entry",
    head: "entry",
    align: "right",
    width: 96,
    grow: 0.2,
    cell: (row) => money(row.entry, { digits: 4, trim: true }),
    value: (row) => row.entry,
  },
  {
    id: "mark",
    head: "mark",
    align: "right",
    width: 96,
    grow: 0.2,
    cell: (row) => money(row.mark, { digits: 4, trim: true }),
    value: (row) => row.mark,
  },
  {
    id: "value",
    head: "value",
    align: "right",
    width: 104,
    grow: 0.2,
    cell: (row) => <Figure value={row.value} />,
    value: (row) => row.value,
  },
  {
    id: "unrealised",
    head: "unrealised",
    title: "At the mark, in quote",
    align: "right",
    width: 108,
    grow: 0.2,
    cell: (row) => <Figure value={row.unrealised} tone="auto" />,
    value: (row) => row.unrealised,
  },
];
