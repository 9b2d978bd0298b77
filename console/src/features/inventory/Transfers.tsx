import { age, moment, money, percent, signOf, size, stamp, zone } from "@/lib/format";
import { useNow } from "@/lib/live";
import { openTrace } from "@/lib/router";
import type { ReductionRow, TransferRow } from "@/lib/types";
import { Badge, Button, type Column, SlideOver } from "@/ui";
import { Fact, Facts } from "../facts";
import { progress, way } from "./matrix";

const LOOKS = {
  done: { glyph: "●", tone: "good" },
  moving: { glyph: "▶", tone: "warn" },
  failed: { glyph: "✕", tone: "bad" },
} as const;

function TransferBadge({ state }: { state: string }) {
  const { glyph, tone } = LOOKS[progress(state)];
  return (
    <Badge tone={tone}>
      <span aria-hidden>{glyph}</span>
      {state}
    </Badge>
  );
}

/** How long it took, or has been on its way. */
function Took({ row }: { row: TransferRow }) {
  const now = useNow(1000);
  const moving = progress(row.state) === "moving";
  if (!row.booked_ms && !moving) return <span className="text-dim">–</span>;
  const until = moving || !row.booked_ms ? now : row.booked_ms;
  return <span className={moving ? "text-warn" : ""}>{age(Math.max(0, until - row.asked_ms))}</span>;
}

export const TRANSFERS: readonly Column<TransferRow>[] = [
  {
    id: "asked",
    head: "asked",
    width: 124,
    grow: 0.1,
    cell: (row) => <span className="text-soft">{moment(row.asked_ms, Date.now())}</span>,
    value: (row) => row.asked_ms,
  },
  {
    id: "way",
    head: "way",
    width: 168,
    grow: 0.6,
    primary: true,
    cell: (row) => (
      <span className="font-medium" title={`${row.source} → ${row.target}`}>
        {way(row)}
      </span>
    ),
    value: way,
  },
  {
    id: "amount",
    head: "amount",
    align: "right",
    width: 118,
    grow: 0.2,
    cell: (row) => `${size(row.amount, 6)} ${row.asset}`,
    value: (row) => row.amount,
  },
  {
    id: "state",
    head: "state",
    width: 112,
    grow: 0.1,
    cell: (row) => <TransferBadge state={row.state} />,
    value: (row) => row.state,
  },
  {
    id: "took",
    head: "took",
    align: "right",
    width: 84,
    grow: 0.1,
    cell: (row) => <Took row={row} />,
    value: (row) => (row.booked_ms ? row.booked_ms - row.asked_ms : null),
  },
  {
    id: "cost",
    head: "cost",
    title: "What was lost on the way",
    align: "right",
    width: 88,
    grow: 0.1,
    cell: (row) => (signOf(row.cost) ? money(row.cost) : <span className="text-dim">–</span>),
    value: (row) => row.cost,
  },
  {
    id: "reason",
    head: "why",
    width: 140,
    grow: 2,
    from: 840,
    cell: (row) => (
      <span className="text-soft" title={row.reason}>
        {row.reason || "–"}
      </span>
    ),
    value: (row) => row.reason,
  },
];

export const REDUCTIONS: readonly Column<ReductionRow>[] = [
  {
    id: "at",
    head: zone(),
    width: 124,
    grow: 0.1,
    cell: (row) => <span className="text-soft">{moment(row.at_ms, Date.now())}</span>,
    value: (row) => row.at_ms,
  },
  {
    id: "venue",
    head: "venue",
    width: 88,
    grow: 0.2,
    primary: true,
    cell: (row) => <span className="font-medium">{row.venue}</span>,
    value: (row) => row.venue,
  },
  {
    id: "used",
    head: "used",
    title: "Margin used when pairs were reduced",
    align: "right",
    width: 72,
    grow: 0.1,
    cell: (row) => percent(Number(row.utilisation), 1),
    value: (row) => row.utilisation,
  },
  {
    id: "reason",
    head: "why",
    width: 120,
    grow: 2,
    cell: (row) => (
      <span className="text-soft" title={row.reason}>
        {row.reason || "–"}
      </span>
    ),
    value: (row) => row.reason,
  },
];

export function TransferDetails({ row, onClose }: { row: TransferRow | undefined; onClose: () => void }) {
  return (
    <SlideOver
      open={row !== undefined}
      title={row ? `${size(row.amount)} ${row.asset}, ${way(row)}` : ""}
      subtitle={row?.id}
      onClose={onClose}
    >
      {row && (
        <>
          <Facts>
            <Fact name="state">
              <TransferBadge state={row.state} />
            </Fact>
            <Fact name="from">{row.source}</Fact>
            <Fact name="to">{row.target}</Fact>
            <Fact name="amount">
              {size(row.amount)} {row.asset} <span className="text-dim">left the source, fees included</span>
            </Fact>
            <Fact name="lost on the way">
              {signOf(row.cost) ? `${money(row.cost, { digits: 8, trim: true })} ${row.asset}` : "nothing"}
            </Fact>
            <Fact name="why">{row.reason || "–"}</Fact>
            <Fact name="asked">
              {stamp(row.asked_ms, true)} {zone()}
            </Fact>
            <Fact name="booked">{row.booked_ms ? `${stamp(row.booked_ms, true)} ${zone()}` : "not yet"}</Fact>
            <Fact name="took">
              <Took row={row} />
            </Fact>
          </Facts>
          <div className="px-4 pb-3">
            <Button size="sm" onClick={() => openTrace(row.id)}>
              Its story
            </Button>
          </div>
        </>
      )}
    </SlideOver>
  );
}
