import { ShieldCheck } from "lucide-react";
import { useState } from "react";
import { useApi } from "@/lib/api";
import { moment, number } from "@/lib/format";
import { useNow } from "@/lib/live";
import { openTrace } from "@/lib/router";
import type { GateShape } from "@/lib/types";
import { Badge, Button, Card, type Column, DataTable, Empty, ErrorState, Skeleton, SlideOver } from "@/ui";
import { gateText } from "./gate-text";

const COLUMNS: Column<GateShape>[] = [
  { id: "gate", head: "Gate", cell: (row) => row.gate, value: (row) => row.gate, width: 120, primary: true },
  { id: "reason", head: "Why", cell: (row) => row.reason, value: (row) => row.reason, width: 180, grow: 2 },
  {
    id: "count",
    head: "Times",
    title: "Since the run began",
    cell: (row) => number(row.count, 0),
    value: (row) => row.count,
    align: "right",
    width: 72,
    grow: 0.4,
  },
  {
    id: "figures",
    head: "Last figures",
    cell: (row) => <span className="text-soft">{figures(row)}</span>,
    value: figures,
    width: 200,
    grow: 2,
    from: 700,
  },
  {
    id: "last",
    head: "Last",
    cell: (row) => <When at={row.last_ms} />,
    value: (row) => row.last_ms,
    align: "right",
    width: 116,
  },
];

function When({ at }: { at: number }) {
  return <span className="text-soft">{moment(at, useNow(60_000))}</span>;
}

function figures(row: GateShape): string {
  return Object.entries(row.numbers)
    .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`)
    .join(", ");
}

/** What was kept from leaving, how often, and the figures that were compared the last time. */
export function GatesCard() {
  const gates = useApi<readonly GateShape[]>("/v1/gates", { every: 5000, keep: true });
  const [open, setOpen] = useState("");
  const shown = gates.data?.find((one) => keyOf(one) === open);
  return (
    <Card title="Gates that refused" age={{ at: gates.dataUpdatedAt, lateMs: 15_000 }} flush>
      {gates.data === undefined ? (
        gates.isError ? (
          <ErrorState error={gates.error} onRetry={() => void gates.refetch()} />
        ) : (
          <Skeleton lines={5} />
        )
      ) : (
        <DataTable
          label="Gates that refused"
          rows={gates.data}
          columns={COLUMNS}
          rowKey={keyOf}
          onOpen={(row) => setOpen(keyOf(row))}
          initialSort={{ id: "count", desc: true }}
          selected={open}
          empty={
            <Empty icon={ShieldCheck} title="No gate has refused anything">
              Every order passes 17 gates, in order; what one keeps back is counted here with its figures.
            </Empty>
          }
        />
      )}
      <SlideOver
        open={shown !== undefined}
        onClose={() => setOpen("")}
        title={shown?.gate ?? ""}
        subtitle={shown?.reason}
      >
        {shown && <Detail gate={shown} />}
      </SlideOver>
    </Card>
  );
}

function keyOf(row: GateShape): string {
  return `${row.gate} ${row.reason}`;
}

function Detail({ gate }: { gate: GateShape }) {
  const now = useNow(60_000);
  const rows = Object.entries(gate.numbers);
  return (
    <div className="flex flex-col gap-4 p-4 text-sm">
      <p className="text-soft">{gateText(gate.gate)}</p>
      <p>
        <Badge tone="warn">refused {number(gate.count, 0)} times</Badge>{" "}
        <span className="text-soft">the last at {moment(gate.last_ms, now)}</span>
      </p>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5 rounded-md border border-line bg-ground p-3 text-xs">
        {rows.map(([name, value]) => (
          <div key={name} className="contents">
            <dt className="text-dim">{name.replaceAll("_", " ")}</dt>
            <dd className="break-words text-right tabular-nums">{value}</dd>
          </div>
        ))}
        {rows.length === 0 && <p className="text-dim">No figures were compared.</p>}
      </dl>
      {gate.trace && (
        <div>
          <Button onClick={() => openTrace(gate.trace)}>The whole story of the last one</Button>
        </div>
      )}
    </div>
  );
}
