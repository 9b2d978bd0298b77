import { STRATEGY_TONES, StrategySwitch } from "@/features/risk/desk";
import { money, sum } from "@/lib/format";
import { useHeard, useRow } from "@/lib/live";
import { href } from "@/lib/router";
import { useRows } from "@/lib/rows";
import { useScope } from "@/lib/session";
import type { HoldingRow, StrategyRow } from "@/lib/types";
import { Badge, Card, Empty, Figure, Skeleton, Stat } from "@/ui";

/** Each strategy: its state and why, what it earned, what it holds. */
export function StrategyCards() {
  const rows = useRows("status", "strategies");
  const heard = useHeard("status");
  if (!heard)
    return (
      <Card title="Strategies" age="status">
        <Skeleton height={120} />
      </Card>
    );
  if (rows.length === 0)
    return (
      <Card title="Strategies" age="status">
        <Empty title="No strategy runs">`titan up` or `titan run` begins one; its settings are below.</Empty>
      </Card>
    );
  return rows.map((row) => <StrategyCard key={row.name} row={row} alone={rows.length === 1} />);
}

function StrategyCard({ row, alone }: { row: StrategyRow; alone: boolean }) {
  const run = useRow("status", "run", "run");
  const holdings = useRows("status", "holdings");
  const trade = useScope("trade");
  const unit = run?.quote;
  return (
    <Card
      title={
        <span className="flex items-center gap-2">
          <span className="text-sm text-text">{row.name}</span>
          <Badge tone={STRATEGY_TONES[row.state] ?? "soft"}>{row.state}</Badge>
          {row.why && <span className="font-normal text-dim">{row.why}</span>}
        </span>
      }
      age="status"
      actions={<StrategySwitch name={row.name} disabled={!trade} />}
    >
      <div className="grid gap-x-6 gap-y-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="grid grid-cols-[repeat(auto-fill,minmax(8.5rem,1fr))] gap-x-6 gap-y-3">
          <Stat label="Profit and loss" value={sum(Object.values(row.pnl))} tone="auto" unit={unit} />
          <Stat label="Held" value={row.value} unit={unit} />
          <Stat label="Holdings" value={String(row.holdings)} digits={0} />
          <Stat label="Signals" value={String(row.signals)} digits={0} hint="Since the run began" />
          {Object.entries(row.pnl).map(([source, amount]) => (
            <Stat key={source} label={source} value={amount} tone="auto" unit={unit} />
          ))}
        </div>
        {alone && <Held rows={holdings} />}
      </div>
    </Card>
  );
}

const SHOWN = 5;

function Held({ rows }: { rows: readonly HoldingRow[] }) {
  if (rows.length === 0) return <p className="self-center text-xs text-dim">Nothing is held.</p>;
  return (
    <ul aria-label="Holdings" className="flex flex-col divide-y divide-line text-xs">
      {rows.slice(0, SHOWN).map((row) => (
        <li key={row.id}>
          <a
            href={href("positions", { holding: row.id })}
            className="flex items-baseline gap-3 py-1.5 hover:bg-raised"
          >
            <span className="w-28 shrink-0 truncate text-text">
              {row.pair} <span className="text-dim">{row.type}</span>
            </span>
            <span className="min-w-0 flex-1 truncate text-dim">{row.state}</span>
            <span className="text-soft tabular-nums">{money(row.value, { digits: 0 })}</span>
            <Figure value={row.total} tone="auto" className="w-20 text-right" />
          </a>
        </li>
      ))}
      {rows.length > SHOWN && (
        <li className="py-1.5">
          <a href={href("positions")} className="text-soft underline-offset-2 hover:underline">
            and {rows.length - SHOWN} more
          </a>
        </li>
      )}
    </ul>
  );
}
