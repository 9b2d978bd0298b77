import { Wallet } from "lucide-react";
import * as format from "@/lib/format";
import { useHeard, useNow } from "@/lib/live";
import { openTrace } from "@/lib/router";
import { useRows } from "@/lib/rows";
import type { HoldingRow } from "@/lib/types";
import { Badge, Card, type Column, DataTable, Empty, Figure, Skeleton } from "@/ui";

const STATES: Record<string, "good" | "info" | "bad" | "dim"> = {
  open: "good",
  opening: "info",
  closing: "info",
  stuck: "bad",
  closed: "dim",
};

function Since({ at }: { at: number }) {
  return <>{at ? format.age(useNow() - at) : format.NONE}</>;
}

const COLUMNS: readonly Column<HoldingRow>[] = [
  {
    id: "pair",
    head: "Pair",
    value: (row) => row.pair,
    width: 124,
    primary: true,
    cell: (row) => (
      <span className="inline-flex items-center gap-2">
        <span className="font-medium">{row.pair}</span>
        <Badge tone={row.type === "core" ? "info" : "accent"}>{row.type}</Badge>
      </span>
    ),
  },
  {
    id: "state",
    head: "State",
    width: 84,
    value: (row) => row.state,
    cell: (row) => <Badge tone={STATES[row.state] ?? "soft"}>{row.state}</Badge>,
  },
  {
    id: "size",
    head: "Size",
    align: "right",
    width: 90,
    from: 560,
    value: (row) => row.size,
    cell: (row) => format.size(row.size),
  },
  {
    id: "value",
    head: "Value",
    align: "right",
    width: 96,
    value: (row) => row.value,
    cell: (row) => <Figure value={row.value} />,
  },
  {
    id: "entry",
    head: "Basis in",
    title: "The basis at which it was opened, bps",
    align: "right",
    width: 92,
    from: 860,
    value: (row) => row.entry_basis,
    cell: (row) => format.bps(row.entry_basis),
  },
  {
    id: "basis",
    head: "Basis now",
    title: "bps",
    align: "right",
    width: 104,
    value: (row) => row.basis,
    cell: (row) => <Figure value={row.basis} digits={1} sign />,
  },
  {
    id: "apr",
    head: "Funding",
    title: "Forecast, a year",
    align: "right",
    width: 100,
    from: 900,
    value: (row) => row.forecast_apr,
    cell: (row) => format.percent(row.forecast_apr, 1, true),
  },
  {
    id: "age",
    head: "Held for",
    align: "right",
    width: 88,
    from: 760,
    value: (row) => -row.opened_ms,
    cell: (row) => <Since at={row.opened_ms} />,
  },
  {
    id: "pnl",
    head: "P&L",
    align: "right",
    width: 92,
    value: (row) => row.total,
    cell: (row) => <Figure value={row.total} tone="auto" />,
  },
];

export function HoldingsCard() {
  const rows = useRows("status", "holdings");
  const heard = useHeard("status");
  return (
    <Card title={`Holdings${rows.length ? ` · ${rows.length}` : ""}`} age="status" flush className="min-h-48">
      {heard ? (
        <DataTable
          rows={rows}
          columns={COLUMNS}
          rowKey={(row) => row.id}
          label="Holdings"
          height="340px"
          initialSort={{ id: "value", desc: true }}
          onOpen={(row) => openTrace(row.wishes.at(-1) ?? row.id)}
          empty={
            <Empty icon={Wallet} title="Nothing is held">
              A holding begins when a pair's basis is stretched enough to pay for the round trip.
            </Empty>
          }
        />
      ) : (
        <Skeleton lines={6} />
      )}
    </Card>
  );
}
