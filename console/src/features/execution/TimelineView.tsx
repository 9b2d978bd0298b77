import { useMemo } from "react";
import { age, size as written } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { SagaRow } from "@/lib/types";
import { Instrument } from "../instrument";
import { type Bar, type Tick, type Timeline, tick, timeline } from "./lanes";

const STATES: Record<string, string> = {
  filled: "border-good/70 text-good",
  partial: "border-warn/70 text-warn",
  cancelled: "border-dim text-dim",
  expired: "border-dim text-dim",
  rejected: "border-bad text-bad",
  unknown: "border-bad border-dashed text-bad",
};
const FILL = { buy: "bg-good/75", sell: "bg-info/75" } as const;
const TICKS: Record<Tick["weight"], string> = { plain: "bg-edge", warning: "bg-warn", trouble: "bg-bad" };

export interface TimelineViewProps {
  saga: SagaRow;
  /** Pauses between orders cut short. */
  close?: boolean;
  onOrder?: (clientId: string) => void;
}

/** An execution as lanes of time: each order from being sent to its end, as far as it filled; steps as ticks. */
export function TimelineView({ saga, close = false, onOrder }: TimelineViewProps) {
  const now = useNow(saga.ended_ms ? 3_600_000 : 250);
  const found = useMemo(() => timeline(saga, now, close), [saga, now, close]);
  return (
    <figure
      className="grid grid-cols-[6.5rem_1fr] gap-x-2 sm:grid-cols-[9rem_1fr]"
      aria-label={`${saga.subject} ${saga.kind}: timeline`}
    >
      <span className="text-right text-2xs leading-4 text-dim">steps</span>
      <Steps found={found} />
      {found.lanes.map((lane) => (
        <Lane
          key={lane.instrument}
          instrument={lane.instrument}
          bars={lane.bars}
          rows={lane.rows}
          found={found}
          onOrder={onOrder}
        />
      ))}
      {found.lanes.length === 0 && (
        <p className="col-start-2 py-1 text-2xs text-dim">
          {saga.kind === "transfer"
            ? "Money moves without orders: its steps are above."
            : "No order was sent yet."}
        </p>
      )}
      <span />
      <Axis found={found} />
    </figure>
  );
}

function Steps({ found }: { found: Timeline }) {
  return (
    <div className="relative h-4" role="list" aria-label="steps">
      <span className="absolute inset-x-0 top-1/2 h-px bg-line" aria-hidden />
      {found.ticks.map((tick, n) => (
        <span
          key={n}
          role="listitem"
          title={`+${age(tick.atMs - found.beganMs)}  ${tick.text}`}
          aria-label={`after ${age(tick.atMs - found.beganMs)}: ${tick.text}`}
          className={`absolute top-0.5 h-3 w-[3px] -translate-x-1/2 rounded-full ${TICKS[tick.weight]}`}
          style={{ left: `${tick.at * 100}%` }}
        />
      ))}
    </div>
  );
}

interface LaneProps {
  instrument: string;
  bars: readonly Bar[];
  rows: number;
  found: Timeline;
  onOrder?: (clientId: string) => void;
}

function Lane({ instrument, bars, rows, found, onOrder }: LaneProps) {
  return (
    <>
      <span className="truncate text-right text-xs leading-5 text-soft">
        <Instrument id={instrument} />
      </span>
      <div className="relative my-0.5 rounded-sm bg-ground" style={{ height: `${rows * 18}px` }}>
        {found.cuts.map((cut, n) => (
          <span
            key={n}
            aria-hidden
            title={`${age(cut.leftMs)} left out`}
            className="absolute inset-y-0 w-1.5 -translate-x-1/2 bg-[repeating-linear-gradient(135deg,var(--color-line)_0_2px,transparent_2px_4px)]"
            style={{ left: `${cut.at * 100}%` }}
          />
        ))}
        {bars.map((bar) => (
          <OrderBar key={bar.order.client_id} bar={bar} onOrder={onOrder} beganMs={found.beganMs} />
        ))}
      </div>
    </>
  );
}

function OrderBar({
  bar,
  beganMs,
  onOrder,
}: {
  bar: Bar;
  beganMs: number;
  onOrder?: (clientId: string) => void;
}) {
  const { order } = bar;
  const took = order.ended_ms ? `took ${millis(order.ended_ms - order.sent_ms)}` : "still works";
  const told = `${order.side} ${written(order.size)}, ${order.state}, ${Math.round(bar.filled * 100)}% filled, sent after ${age(order.sent_ms - beganMs)}, ${took}`;
  return (
    <button
      type="button"
      title={`${told}\n${order.client_id}`}
      aria-label={told}
      onClick={() => onOrder?.(order.client_id)}
      className={`absolute flex h-4 min-w-[5px] overflow-hidden rounded-[3px] border bg-panel hover:z-10 hover:brightness-125 focus-visible:z-10 ${STATES[order.state] ?? "border-lime text-lime"} ${bar.working ? "border-r-0 rounded-r-none" : ""}`}
      style={{
        left: `${bar.from * 100}%`,
        width: `calc(${(bar.to - bar.from) * 100}%)`,
        top: `${bar.row * 18 + 1}px`,
      }}
    >
      <span
        className={`h-full ${order.side === "buy" ? FILL.buy : FILL.sell}`}
        style={{ width: `${bar.filled * 100}%` }}
      />
      {bar.working && <span className="absolute inset-y-0 right-0 w-0.5 bg-lime motion-safe:animate-pulse" />}
    </button>
  );
}

/** Milliseconds as such where they are few. */
export function millis(ms: number): string {
  return ms < 1000 ? `${ms < 10 ? ms.toFixed(1) : ms.toFixed(0)} ms` : age(ms);
}

function Axis({ found }: { found: Timeline }) {
  const left = found.cuts.reduce((sum, cut) => sum + cut.leftMs, 0);
  if (found.axis.length === 0) {
    return (
      <div className="flex justify-between pt-0.5 text-2xs text-dim">
        <span>0</span>
        <span>{left > 0 ? `pauses of ${age(left)} in all are cut short` : ""}</span>
        <span>{millis(found.endedMs - found.beganMs)}</span>
      </div>
    );
  }
  return (
    <div className="relative h-4 text-2xs text-dim" aria-hidden>
      {found.axis.map((mark) => (
        <span
          key={mark.ms}
          className={`absolute whitespace-nowrap pt-0.5 ${mark.at > 0.94 ? "-translate-x-full" : mark.at > 0 ? "-translate-x-1/2" : ""}`}
          style={{ left: `${mark.at * 100}%` }}
        >
          {tick(mark.ms)}
        </span>
      ))}
    </div>
  );
}

/** What colours and shapes mean. */
export function TimelineLegend() {
  return (
    <span className="hidden flex-wrap items-center gap-x-3 text-2xs text-dim md:flex" aria-hidden>
      <span className="inline-flex items-center gap-1">
        <span className="h-2.5 w-4 rounded-[2px] border border-good/70 bg-good/75" /> bought
      </span>
      <span className="inline-flex items-center gap-1">
        <span className="h-2.5 w-4 rounded-[2px] border border-good/70 bg-info/75" /> sold
      </span>
      <span className="inline-flex items-center gap-1">
        <span className="h-2.5 w-4 rounded-[2px] border border-dim" /> ended unfilled
      </span>
      <span className="inline-flex items-center gap-1">
        <span className="h-2.5 w-4 rounded-[2px] border border-dashed border-bad" /> unknown
      </span>
      <span className="inline-flex items-center gap-1">
        <span className="h-3 w-[3px] rounded-full bg-warn" /> a repair
      </span>
    </span>
  );
}
