import * as format from "@/lib/format";
import { useHeard, useNow } from "@/lib/live";
import { setParams } from "@/lib/router";
import { useRows } from "@/lib/rows";
import type { QuoteRow } from "@/lib/types";
import { Badge, Card, type Column, cx, DataTable, Empty, Figure, Skeleton } from "@/ui";
import { Countdown } from "./countdown";
import { parts } from "./words";

const LATE_MS = 5_000;

function Heard({ at }: { at: number }) {
  const ms = useNow() - at;
  return (
    <span className={cx(at && ms > LATE_MS ? "text-warn" : "text-dim")}>
      {at ? format.age(ms) : format.NONE}
    </span>
  );
}

function spread(row: QuoteRow): number | null {
  return row.bid && row.ask ? ((row.ask - row.bid) / row.bid) * 1e4 : null;
}

const COLUMNS: readonly Column<QuoteRow>[] = [
  {
    id: "instrument",
    head: "Instrument",
    width: 150,
    grow: 1.4,
    primary: true,
    value: (row) => row.instrument,
    cell: (row) => (
      <span className="inline-flex items-center gap-2">
        <span className="font-medium">{parts(row.instrument).symbol}</span>
        <Badge tone={row.kind === "perp" ? "info" : "soft"}>{row.kind}</Badge>
      </span>
    ),
  },
  { id: "venue", head: "Venue", width: 90, value: (row) => row.venue, cell: (row) => row.venue },
  {
    id: "bid",
    head: "Bid",
    align: "right",
    value: (row) => row.bid || null,
    cell: (row) => format.number(row.bid || null, format.places(row.tick)),
  },
  {
    id: "ask",
    head: "Ask",
    align: "right",
    value: (row) => row.ask || null,
    cell: (row) => format.number(row.ask || null, format.places(row.tick)),
  },
  {
    id: "spread",
    head: "Spread",
    title: "bps",
    align: "right",
    width: 76,
    from: 620,
    value: spread,
    cell: (row) => <Figure value={spread(row)} />,
  },
  {
    id: "mark",
    head: "Mark",
    align: "right",
    from: 720,
    value: (row) => row.mark || null,
    cell: (row) => format.number(row.mark || null, format.places(row.tick)),
  },
  {
    id: "funding",
    head: "Funding",
    title: "Of an interval",
    align: "right",
    width: 92,
    from: 820,
    value: (row) => (row.funding_hours ? row.funding : null),
    cell: (row) => (
      <Figure
        value={row.funding_hours ? row.funding * 100 : null}
        digits={4}
        sign
        unit={row.funding_hours ? "%" : undefined}
      />
    ),
  },
  {
    id: "settles",
    head: "Paid in",
    align: "right",
    width: 88,
    from: 900,
    value: (row) => row.settles_ms,
    cell: (row) => <Countdown to={row.funding_hours ? row.settles_ms : 0} />,
  },
  {
    id: "heard",
    head: "Heard",
    title: "Since its last row was heard",
    align: "right",
    width: 70,
    value: (row) => -row.at_ms,
    cell: (row) => <Heard at={row.at_ms} />,
  },
  {
    id: "why",
    head: "State",
    width: 110,
    grow: 1.4,
    value: (row) => row.why || "priced",
    cell: (row) =>
      row.why ? (
        <Badge tone="warn" title={row.why}>
          {row.why}
        </Badge>
      ) : (
        <span className="text-dim">priced</span>
      ),
  },
];

export function InstrumentsCard({ shown }: { shown: string }) {
  const rows = useRows("markets", "quotes");
  const heard = useHeard("markets");
  return (
    <Card title="Instruments" age="markets" flush className="min-h-48">
      {heard ? (
        <DataTable
          rows={rows}
          columns={COLUMNS}
          rowKey={(row) => row.instrument}
          label="Instruments"
          height="480px"
          filter
          csvName="instruments"
          initialSort={{ id: "instrument" }}
          selected={shown}
          onOpen={(row) => setParams({ instrument: row.instrument })}
          empty={<Empty title="No instrument is watched" />}
        />
      ) : (
        <Skeleton lines={5} />
      )}
    </Card>
  );
}
