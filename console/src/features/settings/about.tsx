import type { ReactNode } from "react";
import { age, micros, NONE, number } from "@/lib/format";
import { useHealth, useRow } from "@/lib/live";
import { useRows } from "@/lib/rows";
import { useSession } from "@/lib/session";
import type { StageRow } from "@/lib/types";
import { Badge, Card, type Column, DataTable, Empty } from "@/ui";

const STAGES: Column<StageRow>[] = [
  {
    id: "stage",
    head: "Stage",
    cell: (row) => row.stage,
    value: (row) => row.stage,
    width: 150,
    grow: 2,
    primary: true,
  },
  {
    id: "count",
    head: "Count",
    cell: (row) => number(row.count, 0),
    value: (row) => row.count,
    align: "right",
    width: 84,
  },
  {
    id: "p50",
    head: "p50",
    cell: (row) => micros(row.p50),
    value: (row) => row.p50,
    align: "right",
    width: 84,
  },
  {
    id: "p99",
    head: "p99",
    cell: (row) => micros(row.p99),
    value: (row) => row.p99,
    align: "right",
    width: 84,
  },
  {
    id: "p999",
    head: "p99.9",
    cell: (row) => micros(row.p999),
    value: (row) => row.p999,
    align: "right",
    width: 84,
    from: 480,
  },
  {
    id: "most",
    head: "Most",
    cell: (row) => micros(row.most),
    value: (row) => row.most,
    align: "right",
    width: 84,
  },
];

/** What runs here: versions, the run, its journal, how the gateway does and how far away it is. */
export function About() {
  const { setup } = useSession();
  const run = useRow("status", "run", "run");
  const gateway = useRow("metrics", "gateway", "gateway");
  const stages = useRows("metrics", "latency");
  const health = useHealth();
  return (
    <div className="grid items-start gap-3 lg:grid-cols-2">
      <Card title="Run" age="status">
        <Facts
          rows={[
            ["Titan", setup?.version ?? NONE],
            ["Run", run ? <span className="break-all">{run.run_id}</span> : NONE],
            ["Mode", run ? <Mode mode={run.mode} simulated={run.simulated} /> : NONE],
            [
              "Started by",
              run
                ? run.supervised
                  ? "titan up, which can start it again"
                  : "itself: nobody supervises it"
                : NONE,
            ],
            ["For", run ? age(run.seconds * 1000) : NONE],
            ["Rows heard", run ? number(run.rows, 0) : NONE],
            ["Journal", run ? `${number(run.journal.entries, 0)} entries` : NONE],
            ["Waiting to be written", run ? number(run.journal.waiting, 0) : NONE],
            ["Kept in", run ? <span className="break-all">{run.journal.store}</span> : NONE],
            [
              "Trouble",
              run?.journal.trouble ? <span className="text-bad">{run.journal.trouble}</span> : "none",
            ],
          ]}
        />
      </Card>
      <Card title="Gateway" age="metrics">
        <Facts
          rows={[
            ["Up for", gateway ? age(gateway.uptime_s * 1000) : NONE],
            ["Clients", gateway ? number(gateway.clients, 0) : NONE],
            [
              "Reads",
              gateway ? (
                gateway.behind ? (
                  <Badge tone="warn">behind the journal</Badge>
                ) : (
                  "all that is written"
                )
              ) : (
                NONE
              ),
            ],
            ["Age of the status", gateway ? `${number(gateway.status_age_ms, 0)} ms` : NONE],
            ["Age of the markets", gateway ? `${number(gateway.markets_age_ms, 0)} ms` : NONE],
            ["Messages sent", gateway ? number(gateway.sent, 0) : NONE],
            ["Put together for slow clients", gateway ? number(gateway.conflated, 0) : NONE],
            [
              "From here",
              `${health.link}, ${health.rtt === null ? NONE : number(health.rtt, 0)} ms there and back`,
            ],
            ["Clocks differ by", `${number(health.offset, 0, true)} ms`],
            [
              "Address",
              <span key="address" className="break-all">
                {window.location.origin}
              </span>,
            ],
          ]}
        />
      </Card>
      <Card title="How long orders take" age="metrics" flush className="lg:col-span-2">
        <DataTable
          label="Stages"
          rows={stages}
          columns={STAGES}
          rowKey={(row) => row.stage}
          empty={<Empty title="Nothing was measured yet" />}
        />
      </Card>
    </div>
  );
}

function Mode({ mode, simulated }: { mode: string; simulated: boolean }) {
  return (
    <span className="inline-flex gap-1.5">
      <Badge>{mode}</Badge>
      {simulated ? <Badge tone="info">SIMULATED</Badge> : <Badge tone="bad">REAL MONEY</Badge>}
    </span>
  );
}

function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-1.5 text-sm">
      {rows.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-dim">{name}</dt>
          <dd className="text-right text-soft tabular-nums">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
