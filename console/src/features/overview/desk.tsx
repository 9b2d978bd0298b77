import { DoorClosed, Pause, Play } from "lucide-react";
import { openControl } from "@/features/controls";
import * as format from "@/lib/format";
import { useHeard } from "@/lib/live";
import { useRows } from "@/lib/rows";
import { useScope } from "@/lib/session";
import type { StrategyRow, VenueRow } from "@/lib/types";
import { Badge, Button, Card, type Column, cx, DataTable, Empty, Figure, Skeleton } from "@/ui";

const STATES: Record<string, { tone: "good" | "warn" | "bad" | "dim"; glyph: string }> = {
  running: { tone: "good", glyph: "●" },
  paused: { tone: "warn", glyph: "❚❚" },
  halted: { tone: "bad", glyph: "✕" },
  stopped: { tone: "dim", glyph: "■" },
};

function PauseCell({ row }: { row: StrategyRow }) {
  const may = useScope("trade");
  const paused = row.state === "paused";
  const what = `${paused ? "Resume" : "Pause"} ${row.name}`;
  return (
    <Button
      size="sm"
      kind="ghost"
      icon={paused ? Play : Pause}
      aria-label={what}
      title={may ? what : "This needs the scope trade"}
      disabled={!may}
      onClick={(event) => {
        event.stopPropagation();
        openControl({ kind: "pause", strategy: row.name });
      }}
    />
  );
}

const STRATEGIES: readonly Column<StrategyRow>[] = [
  {
    id: "name",
    head: "Strategy",
    width: 110,
    grow: 1.2,
    primary: true,
    value: (row) => row.name,
    cell: (row) => <span className="font-medium">{row.name}</span>,
  },
  {
    id: "state",
    head: "State",
    width: 96,
    grow: 2,
    value: (row) => row.state,
    cell: (row) => {
      const { tone, glyph } = STATES[row.state] ?? { tone: "dim", glyph: "■" };
      return (
        <span className="inline-flex max-w-full items-center gap-2">
          <Badge tone={tone}>
            <span aria-hidden className="text-[0.6rem]">
              {glyph}
            </span>
            {row.state}
          </Badge>
          <span className="truncate text-xs text-dim" title={row.why}>
            {row.why}
          </span>
        </span>
      );
    },
  },
  {
    id: "holdings",
    head: "Holdings",
    align: "right",
    width: 92,
    value: (row) => row.holdings,
    cell: (row) => row.holdings,
  },
  {
    id: "value",
    head: "Value",
    align: "right",
    width: 92,
    from: 480,
    value: (row) => row.value,
    cell: (row) => <Figure value={row.value} digits={0} />,
  },
  {
    id: "pnl",
    head: "P&L",
    align: "right",
    width: 92,
    value: (row) => format.sum(Object.values(row.pnl)),
    cell: (row) => <Figure value={format.sum(Object.values(row.pnl))} tone="auto" />,
  },
  { id: "pause", head: "", width: 60, grow: 0, cell: (row) => <PauseCell row={row} /> },
];

/** Strategies, and above them what keeps all entries back now. */
export function StrategiesCard() {
  const rows = useRows("status", "strategies");
  const doors = useRows("status", "doors");
  const heard = useHeard("status");
  return (
    <Card title="Strategies" age="status" flush className="min-h-26">
      {heard ? (
        <>
          {doors.length > 0 && (
            <ul className="border-b border-line bg-warn-deep/50 px-3 py-2 text-xs text-warn">
              {doors.map((door) => (
                <li key={door.name} className="flex items-center gap-2">
                  <DoorClosed aria-hidden className="size-3.5 shrink-0" strokeWidth={1.75} />
                  <span>
                    Entries are kept back by <b className="font-semibold">{door.name}</b>
                    {door.why && `: ${door.why}`}
                  </span>
                </li>
              ))}
            </ul>
          )}
          <DataTable
            rows={rows}
            columns={STRATEGIES}
            rowKey={(row) => row.name}
            label="Strategies"
            empty={<Empty title="No strategy runs" />}
          />
        </>
      ) : (
        <Skeleton lines={3} />
      )}
    </Card>
  );
}

function wellOf(row: VenueRow): boolean {
  return row.live === row.connections && !row.error;
}

const VENUES: readonly Column<VenueRow>[] = [
  {
    id: "venue",
    head: "Venue",
    width: 110,
    grow: 1.2,
    primary: true,
    value: (row) => row.venue,
    cell: (row) => (
      <span className="inline-flex items-center gap-2 font-medium">
        <span aria-hidden className={cx("text-[0.6rem]", wellOf(row) ? "text-good" : "text-bad")}>
          {wellOf(row) ? "●" : "✕"}
        </span>
        {row.venue}
      </span>
    ),
  },
  {
    id: "live",
    head: "Lines",
    title: "Connections that are up, of all",
    align: "right",
    width: 88,
    value: (row) => row.live,
    cell: (row) => (
      <span className={wellOf(row) ? undefined : "text-bad"}>
        {row.live} of {row.connections}
      </span>
    ),
  },
  {
    id: "silent",
    head: "Silent",
    title: "Since anything was heard of it",
    align: "right",
    width: 80,
    value: (row) => row.silent_ms,
    cell: (row) =>
      row.silent_ms !== null && row.silent_ms > 10_000 ? (
        <span className="text-warn">{format.age(row.silent_ms)}</span>
      ) : (
        format.age(row.silent_ms)
      ),
  },
  {
    id: "latency",
    head: "Latency",
    align: "right",
    width: 80,
    value: (row) => row.latency_ms,
    cell: (row) => (row.latency_ms === null ? format.NONE : format.micros(row.latency_ms * 1000)),
  },
  {
    id: "cuts",
    head: "Cuts",
    title: "Times that a connection was made anew",
    align: "right",
    width: 56,
    from: 420,
    value: (row) => row.reconnects,
    cell: (row) => row.reconnects,
  },
  {
    id: "says",
    head: "Says",
    width: 110,
    grow: 2,
    value: (row) => row.error || row.reconciled,
    cell: (row) =>
      row.error ? (
        <span className="text-bad" title={row.error}>
          {row.error}
        </span>
      ) : (
        <span className="text-dim" title={row.reconciled}>
          {row.reconciled === "agrees" ? "books agree" : row.reconciled || format.NONE}
        </span>
      ),
  },
];

export function VenuesCard() {
  const rows = useRows("status", "venues");
  const heard = useHeard("status");
  return (
    <Card title="Venues" age="status" flush className="min-h-26">
      {heard ? (
        <DataTable
          rows={rows}
          columns={VENUES}
          rowKey={(row) => row.venue}
          label="Venues"
          empty={<Empty title="No venue is connected" />}
        />
      ) : (
        <Skeleton lines={3} />
      )}
    </Card>
  );
}
