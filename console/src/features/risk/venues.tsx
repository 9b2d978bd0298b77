import { Unplug } from "lucide-react";
import { age, moment, number } from "@/lib/format";
import { useHeard, useNow } from "@/lib/live";
import { useRows } from "@/lib/rows";
import type { VenueRow } from "@/lib/types";
import { Badge, Card, type Column, cx, DataTable, Empty, Skeleton } from "@/ui";

function well(row: VenueRow): boolean {
  return row.live === row.connections && row.error === "";
}

const COLUMNS: Column<VenueRow>[] = [
  {
    id: "venue",
    head: "Venue",
    cell: (row) => (
      <span className="inline-flex items-center gap-2">
        <span aria-hidden className={cx("size-1.5 rounded-full", well(row) ? "bg-lime" : "bg-bad")} />
        {row.venue}
      </span>
    ),
    value: (row) => row.venue,
    width: 110,
    primary: true,
  },
  {
    id: "books",
    head: "Books and accounts",
    title: "Whether the venue's own answers agree with the journal: orders, positions, balances, transfers",
    cell: (row) => <Reconciled row={row} />,
    value: (row) => row.reconciled,
    width: 180,
    grow: 2,
  },
  {
    id: "asked",
    head: "Asked",
    cell: (row) => <When at={row.reconciled_ms} />,
    value: (row) => row.reconciled_ms,
    align: "right",
    width: 92,
  },
  {
    id: "data",
    head: "Feeds",
    title: "Connections that bring data",
    cell: (row) => <span className={well(row) ? "" : "text-bad"}>{`${row.live} of ${row.connections}`}</span>,
    value: (row) => row.live,
    align: "right",
    width: 72,
    grow: 0.4,
  },
  {
    id: "silent",
    head: "Silent for",
    cell: (row) => age(row.silent_ms),
    value: (row) => row.silent_ms,
    align: "right",
    width: 84,
    grow: 0.6,
    from: 620,
  },
  {
    id: "late",
    head: "Latency",
    cell: (row) => (row.latency_ms === null ? "–" : `${number(row.latency_ms, 1)} ms`),
    value: (row) => row.latency_ms,
    align: "right",
    width: 84,
    grow: 0.6,
    from: 620,
  },
];

function Reconciled({ row }: { row: VenueRow }) {
  if (row.error) return <span className="whitespace-normal text-bad">{row.error}</span>;
  if (row.reconciled === "") return <span className="text-dim">not asked yet</span>;
  if (row.reconciled === "agrees") return <Badge tone="good">agrees</Badge>;
  return (
    <span className="whitespace-normal text-warn" title={row.reconciled}>
      {row.reconciled}
    </span>
  );
}

function When({ at }: { at: number }) {
  return <span className="text-soft">{moment(at, useNow(60_000))}</span>;
}

/** Whether venues answer, and whether what they say agrees with the books. */
export function VenuesCard() {
  const venues = useRows("status", "venues");
  const heard = useHeard("status");
  return (
    <Card title="Venues and reconciliation" age="status" flush>
      {heard ? (
        <DataTable
          label="Venues"
          rows={venues}
          columns={COLUMNS}
          rowKey={(row) => row.venue}
          empty={
            <Empty icon={Unplug} title="No venue">
              They are shown once a run has begun.
            </Empty>
          }
        />
      ) : (
        <Skeleton lines={3} />
      )}
    </Card>
  );
}
