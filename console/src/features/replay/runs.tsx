import { History } from "lucide-react";
import { age, number, short, stamp } from "@/lib/format";
import type { ReplayShape } from "@/lib/types";
import { Badge, Card, type Column, DataTable, Empty } from "@/ui";

const COLUMNS: Column<ReplayShape>[] = [
  {
    id: "name",
    head: "Run",
    cell: (row) => row.name,
    value: (row) => row.name,
    width: 130,
    grow: 1.5,
    primary: true,
  },
  {
    id: "mode",
    head: "Mode",
    cell: (row) => (
      <span title={`${row.mode}, ${row.simulated ? "simulated" : "real money"}`}>
        <span className="hidden sm:inline">
          <Mode run={row} />
        </span>
        <span className={row.simulated ? "text-info sm:hidden" : "text-bad sm:hidden"}>
          {row.mode}, {row.simulated ? "simulated" : "real money"}
        </span>
      </span>
    ),
    value: (row) => `${row.mode} ${row.simulated ? "simulated" : "real"}`,
    width: 170,
  },
  {
    id: "began",
    head: "Began",
    cell: (row) => (
      <span title={stamp(row.began_ms)}>
        <span className="hidden sm:inline">{stamp(row.began_ms)}</span>
        <span className="sm:hidden">{stamp(row.began_ms).slice(5, 16)}</span>
      </span>
    ),
    value: (row) => row.began_ms,
    width: 156,
  },
  {
    id: "span",
    head: "Span",
    cell: (row) => age(row.ended_ms - row.began_ms),
    value: (row) => row.ended_ms - row.began_ms,
    align: "right",
    width: 84,
  },
  {
    id: "entries",
    head: "Entries",
    cell: (row) => number(row.entries, 0),
    value: (row) => row.entries,
    align: "right",
    width: 84,
  },
  {
    id: "size",
    head: "Size",
    cell: (row) => `${short(row.size)}B`,
    value: (row) => row.size,
    align: "right",
    width: 84,
    from: 700,
  },
  {
    id: "tape",
    head: "Market data",
    cell: (row) => (row.has_tape ? "recorded" : <span className="text-dim">journal only</span>),
    value: (row) => (row.has_tape ? "recorded" : "journal only"),
    width: 110,
    from: 700,
  },
];

export function Mode({ run }: { run: ReplayShape }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <Badge>{run.mode}</Badge>
      {run.simulated ? <Badge tone="info">SIMULATED</Badge> : <Badge tone="bad">REAL MONEY</Badge>}
    </span>
  );
}

/** Every recorded run that can be looked at again. */
export function Runs({
  runs,
  at,
  onOpen,
}: {
  runs: readonly ReplayShape[];
  at: number;
  onOpen: (name: string) => void;
}) {
  return (
    <Card title="Recorded runs" age={{ at }} flush>
      <DataTable
        label="Recorded runs"
        rows={runs}
        columns={COLUMNS}
        rowKey={(row) => row.name}
        onOpen={(row) => onOpen(row.name)}
        initialSort={{ id: "began", desc: true }}
        filter
        empty={
          <Empty icon={History} title="No run is recorded here yet">
            Every run keeps a journal: one that trades, has ended or was killed, and every backtest, shows up
            here.
          </Empty>
        }
      />
    </Card>
  );
}
