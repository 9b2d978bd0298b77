import { age, bps, moment, number, time, zone } from "@/lib/format";
import type { OpportunityRow, RouteRow } from "@/lib/types";
import { Badge, type Column } from "@/ui";
import { named } from "../instrument";
import { called, figureOf, LOOKS, outcomeOf } from "./outcome";
import { RouteBar } from "./RouteBar";
import type { Window } from "./windows";

const NEVER = Number.POSITIVE_INFINITY;

function figure(
  id: string,
  head: string,
  title: string,
  digits: number,
  from?: number,
): Column<OpportunityRow> {
  return {
    id,
    head,
    title,
    align: "right",
    width: 88,
    grow: 0.15,
    from,
    cell: (row) => number(figureOf(row, id), digits, id !== "cost"),
    value: (row) => figureOf(row, id),
  };
}

export function OutcomeBadge({ row }: { row: OpportunityRow }) {
  const outcome = outcomeOf(row);
  const { glyph, tone, meaning } = LOOKS[outcome];
  return (
    <Badge tone={tone} title={meaning}>
      <span aria-hidden>{glyph}</span>
      {outcome}
    </Badge>
  );
}

export const SIGNALS: readonly Column<OpportunityRow>[] = [
  {
    id: "at",
    head: zone(),
    title: "When the kernel raised it",
    width: 118,
    grow: 0.15,
    cell: (row) => <span className="text-soft">{moment(row.at_ms, Date.now())}</span>,
    value: (row) => row.at_ms,
  },
  {
    id: "pair",
    head: "pair",
    width: 72,
    grow: 0.15,
    primary: true,
    cell: (row) => <span className="font-medium">{row.subject}</span>,
    value: (row) => row.subject,
  },
  {
    id: "name",
    head: "signal",
    width: 118,
    grow: 0.15,
    cell: (row) => <span title={row.name}>{called(row.name)}</span>,
    value: (row) => row.name,
  },
  figure("z", "z", "Deviations of the basis from its mean", 2),
  figure("basis", "basis", "Perp over spot, bps", 1),
  figure("edge", "edge", "What the round trip would leave, bps", 1),
  figure("cost", "cost", "Fees and the way out, less the funding expected, bps", 1, 860),
  {
    id: "outcome",
    head: "outcome",
    width: 104,
    grow: 0.15,
    cell: (row) => <OutcomeBadge row={row} />,
    value: (row) => row.outcome,
  },
  {
    id: "why",
    head: "why",
    width: 150,
    grow: 3,
    cell: (row) => (
      <span className="text-soft" title={row.why}>
        {row.why || "–"}
      </span>
    ),
    value: (row) => row.why,
    from: 640,
  },
  ...["mean", "std", "executable", "forecast", "interval_hours"].map(
    (id): Column<OpportunityRow> => ({
      id,
      head: id,
      from: NEVER,
      card: false,
      cell: () => null,
      value: (row) => figureOf(row, id),
    }),
  ),
  { id: "trace", head: "trace", from: NEVER, card: false, cell: () => null, value: (row) => row.trace },
];

export const WINDOWS: readonly Column<Window>[] = [
  {
    id: "open",
    head: `opened (${zone()})`,
    width: 118,
    grow: 0.15,
    cell: (row) => <span className="text-soft">{moment(row.openMs, Date.now())}</span>,
    value: (row) => row.openMs,
  },
  {
    id: "pair",
    head: "pair",
    width: 72,
    grow: 0.15,
    primary: true,
    cell: (row) => <span className="font-medium">{row.pair}</span>,
    value: (row) => row.pair,
  },
  { id: "kind", head: "kind", width: 84, grow: 0.15, cell: (row) => row.kind, value: (row) => row.kind },
  {
    id: "close",
    head: "closed",
    width: 84,
    grow: 0.15,
    from: 640,
    cell: (row) =>
      row.closeMs ? <span className="text-soft">{time(row.closeMs)}</span> : <Badge tone="info">open</Badge>,
    value: (row) => row.closeMs || null,
  },
  {
    id: "seconds",
    head: "lasted",
    align: "right",
    width: 84,
    grow: 0.15,
    cell: (row) => (row.closeMs ? age(row.closeMs - row.openMs) : "still open"),
    value: (row) => (row.closeMs ? (row.closeMs - row.openMs) / 1000 : null),
  },
  {
    id: "edge",
    head: "best edge",
    title: "The best while it was open, bps",
    align: "right",
    width: 84,
    grow: 0.15,
    cell: (row) => bps(row.edge),
    value: (row) => row.edge,
  },
  {
    id: "captured",
    head: "taken",
    width: 72,
    grow: 0.15,
    cell: (row) => (row.captured ? <Badge tone="accent">✓ taken</Badge> : <Badge>– let go</Badge>),
    value: (row) => (row.captured ? "taken" : "let go"),
  },
  {
    id: "why",
    head: "why",
    width: 150,
    grow: 3,
    from: 640,
    cell: (row) => (
      <span className="text-soft" title={row.why}>
        {row.why || "–"}
      </span>
    ),
    value: (row) => row.why,
  },
];

const legs = (row: RouteRow) => {
  const [spot, , symbol] = named(row.spot);
  const [perp] = named(row.perp);
  if (!symbol) return "no route";
  return spot === perp ? spot : `${spot} → ${perp}`;
};

function cost(
  id: "basis_bps" | "fees_bps" | "funding_bps" | "transfer_bps",
  head: string,
  title: string,
  minus: boolean,
): Column<RouteRow> {
  return {
    id,
    head,
    title,
    align: "right",
    width: 78,
    grow: 0.15,
    from: 980,
    cell: (row) => (
      <span className="text-soft">{bps(row[id] === null ? null : minus ? -row[id] : row[id])}</span>
    ),
    value: (row) => row[id],
  };
}

/** `scale` is that of all bars. */
export function routeColumns(scale: readonly [number, number]): readonly Column<RouteRow>[] {
  return [
    {
      id: "at",
      head: zone(),
      width: 118,
      grow: 0.15,
      cell: (row) => <span className="text-soft">{moment(row.at_ms, Date.now())}</span>,
      value: (row) => row.at_ms,
    },
    {
      id: "pair",
      head: "pair",
      width: 72,
      grow: 0.2,
      primary: true,
      cell: (row) => <span className="font-medium">{row.pair}</span>,
      value: (row) => row.pair,
    },
    { id: "type", head: "for", width: 84, grow: 0.15, cell: (row) => row.type, value: (row) => row.type },
    { id: "legs", head: "over", width: 130, grow: 0.15, cell: legs, value: legs },
    {
      id: "notional",
      head: "notional",
      align: "right",
      width: 88,
      grow: 0.15,
      from: 760,
      cell: (row) => number(Number(row.notional), 0),
      value: (row) => row.notional,
    },
    {
      id: "bar",
      head: "what it is made of",
      width: 150,
      grow: 2.4,
      card: false,
      cell: (row) => <RouteBar route={row} scale={scale} />,
    },
    cost("basis_bps", "basis", "Perp over spot as both books would fill a clip, bps", false),
    cost("funding_bps", "funding", "What the short is expected to receive while held, bps", false),
    cost("fees_bps", "fees", "Taker fees of both legs, in and out, bps", true),
    cost("transfer_bps", "transfer", "Withdrawals between the venues, bps", true),
    {
      id: "all_in",
      head: "all in",
      title: "basis + funding − fees − transfers, bps",
      align: "right",
      width: 78,
      grow: 0.15,
      cell: (row) => (
        <span
          className={`font-medium ${(row.all_in_bps ?? 0) > 0 ? "text-good" : row.all_in_bps === null ? "text-dim" : "text-bad"}`}
        >
          {bps(row.all_in_bps)}
        </span>
      ),
      value: (row) => row.all_in_bps,
    },
    {
      id: "reason",
      head: "why",
      width: 150,
      grow: 2,
      from: 900,
      cell: (row) => (
        <span className="text-soft" title={row.reason}>
          {row.reason || "–"}
        </span>
      ),
      value: (row) => row.reason,
    },
  ];
}
