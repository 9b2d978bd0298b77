import { money, percent } from "@/lib/format";
import { useHeard, useRow } from "@/lib/live";
import type { RunRow } from "@/lib/types";
import { Badge, Card, cx, Empty, Skeleton } from "@/ui";
import { bandOf, depthOf, roomOf, rungsOf } from "./ladder";

/** The two guards that watch the whole: the loss of the day, and what moves with prices. */
export function Guards() {
  const run = useRow("status", "run", "run");
  const heard = useHeard("status");
  return (
    <>
      <Card title="Drawdown of the UTC day" age="status">
        {run ? <Ladder run={run} /> : heard ? <Empty title="No run to judge" /> : <Skeleton height={196} />}
      </Card>
      <Card title="Delta" age="status">
        {run ? <Lean run={run} /> : heard ? <Empty title="No run to judge" /> : <Skeleton height={196} />}
      </Card>
    </>
  );
}

function Ladder({ run }: { run: RunRow }) {
  const rungs = rungsOf(run.ladder, run.rung);
  const drawdown = run.drawdown;
  const room = roomOf(rungs, drawdown ?? 0);
  const end = run.ladder[2] || 0.06;
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4">
        <p className="text-2xl font-medium tracking-tight tabular-nums">
          {percent(drawdown === null ? null : Math.max(drawdown, 0))}
        </p>
        <p className="text-xs text-soft">
          {drawdown === null
            ? "Not judged: something that is held has no price"
            : room
              ? `${percent(room.room)} of NAV to “${room.rung.name}”`
              : "Every rung was reached"}
        </p>
      </div>
      <div
        role="meter"
        aria-label="Drawdown of the day"
        aria-valuemin={0}
        aria-valuemax={Math.round(end * 11500) / 100}
        aria-valuenow={Math.round(Math.max(drawdown ?? 0, 0) * 10000) / 100}
        aria-valuetext={percent(drawdown)}
        className="relative h-2.5 rounded-full bg-raised"
      >
        <div
          className={cx(
            "absolute inset-y-0 left-0 rounded-full",
            rungs[2]?.reached ? "bg-bad" : rungs[0]?.reached ? "bg-warn" : "bg-lime",
          )}
          style={{ width: `${Math.max(depthOf(run.ladder, drawdown ?? 0) * 100, drawdown ? 1 : 0)}%` }}
        />
        {rungs.map((rung) => (
          <span
            key={rung.name}
            aria-hidden
            className={cx("absolute -inset-y-1 w-0.5", rung.reached ? "bg-bad" : "bg-dim")}
            style={{ left: `${depthOf(run.ladder, rung.at) * 100}%` }}
          />
        ))}
      </div>
      <ol className="flex flex-col divide-y divide-line">
        {rungs.map((rung) => (
          <li key={rung.name} className="flex items-center gap-3 py-1.5 text-xs">
            <span className="w-12 shrink-0 text-right font-medium tabular-nums">{percent(rung.at, 1)}</span>
            <span className="min-w-0 flex-1">
              <span className={cx("block", rung.reached ? "text-bad" : "text-text")}>{rung.does}</span>
              <span className="block text-2xs text-dim">{rung.ends}</span>
            </span>
            {rung.reached && <Badge tone="bad">reached</Badge>}
          </li>
        ))}
      </ol>
    </div>
  );
}

const STATES = {
  unknown: { tone: "dim", text: "Not known: something that is held has no price" },
  inside: { tone: "good", text: "Inside the band" },
  warned: { tone: "warn", text: "Told to the operator" },
  hedged: { tone: "bad", text: "Hedged until it is calm again" },
} as const;

function Lean({ run }: { run: RunRow }) {
  const band = bandOf(run.delta_share, run.warn, run.act);
  const state = STATES[band.state];
  return (
    <div className="flex flex-col gap-3">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <p className="text-2xl font-medium tracking-tight tabular-nums">
          {percent(run.delta_share, 2, true)}
        </p>
        <p className="text-xs text-soft tabular-nums">{money(run.delta, { sign: true, unit: run.quote })}</p>
      </div>
      <div
        role="meter"
        aria-label="Delta as a share of NAV"
        aria-valuemin={Math.round(-run.act * 13000) / 100}
        aria-valuemax={Math.round(run.act * 13000) / 100}
        aria-valuenow={Math.round((run.delta_share ?? 0) * 10000) / 100}
        aria-valuetext={percent(run.delta_share, 2, true)}
        className="relative h-2.5 overflow-hidden rounded-full bg-bad/45"
      >
        <div className="absolute inset-y-0 bg-warn/45" style={range(band.act)} />
        <div className="absolute inset-y-0 bg-good/45" style={range(band.warn)} />
        <span aria-hidden className="absolute -inset-y-1 left-1/2 w-px bg-dim" />
        {band.needle !== undefined && (
          <span
            aria-hidden
            className="absolute -top-1 h-4.5 w-1 -translate-x-1/2 rounded-sm bg-text outline-2 outline-panel"
            style={{ left: `${band.needle * 100}%` }}
          />
        )}
      </div>
      <div aria-hidden className="relative h-4 text-2xs text-dim tabular-nums">
        {(
          [
            [-run.act, band.act[0]],
            [-run.warn, band.warn[0]],
            [run.warn, band.warn[1]],
            [run.act, band.act[1]],
          ] as const
        ).map(([share, at]) => (
          <span key={share} className="absolute -translate-x-1/2" style={{ left: `${at * 100}%` }}>
            {percent(share, 0, true)}
          </span>
        ))}
      </div>
      <ul className="flex flex-col divide-y divide-line text-xs">
        <li className="flex items-center gap-3 py-1.5">
          <span className="w-12 shrink-0 text-right font-medium tabular-nums">{percent(run.warn, 1)}</span>
          <span className="flex-1">The operator is told</span>
        </li>
        <li className="flex items-center gap-3 py-1.5">
          <span className="w-12 shrink-0 text-right font-medium tabular-nums">{percent(run.act, 1)}</span>
          <span className="flex-1">Hedged at once, by perps of the same coin</span>
        </li>
        <li className="flex items-center gap-3 py-1.5">
          <span className="w-12 shrink-0 text-right text-dim">now</span>
          <span className="flex-1">
            <Badge tone={state.tone}>{state.text}</Badge>
          </span>
        </li>
      </ul>
    </div>
  );
}

function range([from, to]: [number, number]): { left: string; width: string } {
  return { left: `${from * 100}%`, width: `${(to - from) * 100}%` };
}
