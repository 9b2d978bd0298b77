import * as format from "@/lib/format";
import { useRow } from "@/lib/live";
import type { RunRow } from "@/lib/types";
import { AgeDot, Figure, Skeleton, Stat } from "@/ui";
import { DeltaGauge, DrawdownLadder } from "./gauges";

/** The figures that matter most, in one line (two on a tablet, a column on a phone). */
export function Strip() {
  const run = useRow("status", "run", "run");
  return (
    <section
      aria-label="Now"
      className="grid grid-cols-2 overflow-hidden rounded-lg border border-line bg-panel lg:grid-cols-3 2xl:grid-cols-6"
    >
      {run ? <Cells run={run} /> : <Skeleton height={176} className="col-span-full 2xl:h-22!" />}
    </section>
  );
}

/** The lines between cells are their shadows, so that every row and column has them whatever the wrapping. */
const CELL = "min-h-22 px-4 py-3 shadow-[1px_1px_0_0_var(--color-line)]";

function Cells({ run }: { run: RunRow }) {
  const since = format.minus(run.nav, run.start_nav);
  const day = run.day;
  const deployed = format.toNumber(run.deployed);
  const room = format.toNumber(run.deployable);
  const used = deployed + room > 0 ? deployed / (deployed + room) : null;
  const whole = day ? run.at_ms - day.since_ms >= 86_000_000 : false;
  return (
    <>
      <Stat
        className={CELL}
        label="Net asset value"
        value={run.nav}
        unit={run.quote}
        delta={<>started at {format.money(run.start_nav)}</>}
        age="status"
      />
      <Stat
        className={CELL}
        label={whole ? "P&L, 24 hours" : "P&L, since it began"}
        value={day?.nav ?? null}
        tone="auto"
        unit={run.quote}
        delta={
          <>
            this run <Figure value={since} tone="auto" align="left" /> ·{" "}
            {format.percent(share(since, run.start_nav), 2, true)}
          </>
        }
        age="status"
      />
      <div className={CELL}>
        <DrawdownLadder drawdown={run.drawdown} ladder={run.ladder} rung={run.rung} />
      </div>
      <div className={CELL}>
        <DeltaGauge
          share={run.delta_share}
          delta={run.delta}
          warn={run.warn}
          act={run.act}
          quote={run.quote}
        />
      </div>
      <div className={CELL}>
        <div className="flex justify-between text-2xs text-dim">
          <span>Deployed</span>
          <AgeDot of="status" quiet />
        </div>
        <div className="text-lg font-medium leading-6">
          <Figure value={run.deployed} digits={0} align="left" />
          <span className="ml-1 text-xs text-dim">{used === null ? "" : format.percent(used, 1)}</span>
        </div>
        <div className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-raised" aria-hidden>
          <div className="h-full bg-lime" style={{ width: `${(used ?? 0) * 100}%` }} />
        </div>
        <div className="mt-1 truncate text-2xs text-dim">
          {format.money(run.deployable, { digits: 0 })} more may be
        </div>
      </div>
      <Stat
        className={CELL}
        label="Funding forecast of what is held"
        value={run.apr === null ? null : run.apr * 100}
        digits={1}
        unit="% a year"
        tone="auto"
        delta={
          <>
            {format.short(run.signals)} signals · {format.short(run.orders)} orders ·{" "}
            {format.short(run.fills)} fills
          </>
        }
        age="status"
      />
    </>
  );
}

function share(part: string | null, of: string | null): number | null {
  const whole = format.toNumber(of);
  return part === null || !whole ? null : format.toNumber(part) / whole;
}
