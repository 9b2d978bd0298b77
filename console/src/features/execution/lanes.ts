/** A saga as a picture: a lane for each instrument, a bar for each order, a tick for each step. All in 0..1. */
import type { SagaOrderShape, SagaRow } from "@/lib/types";

export interface Bar {
  order: SagaOrderShape;
  /** Share of the span at which it begins and ends. */
  from: number;
  to: number;
  /** Share of its size that is filled. */
  filled: number;
  working: boolean;
  /** Row of its lane: orders that overlap stand below one another. */
  row: number;
}

export interface Lane {
  instrument: string;
  bars: Bar[];
  rows: number;
}

export interface Tick {
  at: number;
  atMs: number;
  step: string;
  text: string;
  weight: "plain" | "warning" | "trouble";
}

export interface Timeline {
  beganMs: number;
  endedMs: number;
  lanes: Lane[];
  ticks: Tick[];
  /** Where the clock was cut: shares of the picture, with what was left out there in ms. */
  cuts: { at: number; leftMs: number }[];
  /** Round moments for an axis: shares, with the time since the beginning. */
  axis: { at: number; ms: number }[];
}

/**
 * Of a saga that works the picture ends at `nowMs`. With `close` the pauses between orders are cut short, so that
 * orders of milliseconds can be told apart in an execution of minutes.
 */
export function timeline(saga: SagaRow, nowMs: number, close = false): Timeline {
  const ends = [
    ...saga.orders.map((one) => one.ended_ms),
    ...saga.steps.map((one) => one.at_ms),
    saga.began_ms + 1,
  ];
  const endedMs = Math.max(saga.ended_ms || nowMs, ...ends);
  const scale = close ? closed(saga, endedMs, nowMs) : straight(saga.began_ms, endedMs);
  const lanes = new Map<string, Bar[]>();
  for (const order of [...saga.orders].sort((a, b) => a.sent_ms - b.sent_ms)) {
    const bars = lanes.get(order.instrument) ?? [];
    lanes.set(order.instrument, bars);
    const from = scale.place(order.sent_ms);
    const to = Math.max(scale.place(order.ended_ms || nowMs), from);
    bars.push({
      order,
      from,
      to,
      filled: share(order.filled, order.size),
      working: !order.ended_ms,
      row: free(bars, from),
    });
  }
  return {
    beganMs: saga.began_ms,
    endedMs,
    lanes: [...lanes].map(([instrument, bars]) => ({
      instrument,
      bars,
      rows: Math.max(1, ...bars.map((one) => one.row + 1)),
    })),
    ticks: saga.steps.map((one) => ({
      at: scale.place(one.at_ms),
      atMs: one.at_ms,
      step: one.step,
      text: stepText(one.step, one.note),
      weight: weightOf(one.step),
    })),
    cuts: scale.cuts,
    axis: close
      ? []
      : marks(endedMs - saga.began_ms, 4).map((ms) => ({ at: ms / (endedMs - saga.began_ms), ms })),
  };
}

interface Scale {
  place: (ms: number) => number;
  cuts: { at: number; leftMs: number }[];
}

const inside = (share: number) => Math.min(Math.max(share, 0), 1);

function straight(beganMs: number, endedMs: number): Scale {
  return { place: (ms) => inside((ms - beganMs) / (endedMs - beganMs)), cuts: [] };
}

/** Times at which orders work keep their length; what lies between is as long as a tenth of the longest of them. */
function closed(saga: SagaRow, endedMs: number, nowMs: number): Scale {
  const busy: [number, number][] = [];
  for (const one of [...saga.orders].sort((a, b) => a.sent_ms - b.sent_ms)) {
    const until = one.ended_ms || nowMs;
    const last = busy[busy.length - 1];
    if (last && one.sent_ms <= last[1]) last[1] = Math.max(last[1], until);
    else busy.push([one.sent_ms, until]);
  }
  if (busy.length === 0) return straight(saga.began_ms, endedMs);
  const gap = Math.max(...busy.map(([from, to]) => to - from), 1) / 5;
  const knots: [number, number][] = [[saga.began_ms, 0]];
  const cuts: { at: number; leftMs: number }[] = [];
  let drawn = 0;
  const walk = (until: number, most: number) => {
    const at = knots[knots.length - 1]?.[0] ?? saga.began_ms;
    if (until <= at) return;
    const length = Math.min(until - at, most);
    if (length < until - at) cuts.push({ at: drawn + length / 2, leftMs: until - at - length });
    drawn += length;
    knots.push([until, drawn]);
  };
  for (const [from, to] of busy) {
    walk(from, gap);
    walk(to, Number.POSITIVE_INFINITY);
  }
  walk(endedMs, gap);
  const whole = drawn || 1;
  const place = (ms: number) => {
    let before = knots[0] ?? [saga.began_ms, 0];
    for (const knot of knots) {
      if (knot[0] >= ms) {
        const span = knot[0] - before[0];
        return inside(
          (before[1] + (span > 0 ? ((ms - before[0]) / span) * (knot[1] - before[1]) : 0)) / whole,
        );
      }
      before = knot;
    }
    return 1;
  };
  return { place, cuts: cuts.map((one) => ({ at: one.at / whole, leftMs: one.leftMs })) };
}

/** How much of the time of a saga its orders worked: below this the pauses are worth cutting. */
export function busyShare(saga: SagaRow, nowMs: number): number {
  const span = (saga.ended_ms || nowMs) - saga.began_ms;
  const took = saga.orders.reduce((sum, one) => sum + Math.max((one.ended_ms || nowMs) - one.sent_ms, 0), 0);
  return span > 0 ? took / span : 1;
}

/** The first row of a lane in which nothing stands at `from`. */
function free(bars: readonly Bar[], from: number): number {
  for (let row = 0; ; row += 1) {
    if (bars.every((one) => one.row !== row || one.to <= from)) return row;
  }
}

export function share(part: string, whole: string): number {
  const of = Number(whole);
  return of > 0 ? Math.min(Math.max(Number(part) / of, 0), 1) : 0;
}

const WORDS: Record<string, string> = {
  clip: "both legs of a clip sent",
  slice: "a slice sent",
  withdraw: "what rested was cancelled",
  neutralise: "legs made equal again",
  pause: "pause before the next clip",
  absent: "coins are not there",
  restarted: "went on after a restart",
  halt: "asked to stop",
  "in doubt": "told the operator",
  rest: "rests at its price",
  move: "moved to another price",
  convert: "became a market order",
  enter: "entry sent",
  stop: "stop placed",
  "no stop": "stop refused",
  watched: "stop watched by us",
  target: "target sent",
  close: "closing",
  asked: "venue asked",
  accepted: "venue took it",
  look: "looked up at the venue",
  sent: "left its venue",
  arrived: "arrived",
};

/** A step in words, with its note. */
export function stepText(step: string, note: string): string {
  const words = WORDS[step] ?? step;
  return note ? `${words}: ${note}` : words;
}

function weightOf(step: string): Tick["weight"] {
  if (step === "in doubt" || step === "no stop") return "trouble";
  return step === "neutralise" ||
    step === "withdraw" ||
    step === "halt" ||
    step === "restarted" ||
    step === "absent"
    ? "warning"
    : "plain";
}

/** Round moments of a span in ms, at most `most` of them after 0. */
export function marks(spanMs: number, most = 6): number[] {
  if (!(spanMs > 0)) return [0];
  const raw = spanMs / most;
  const steps = [
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000,
    600_000, 900_000, 1_800_000, 3_600_000, 7_200_000, 14_400_000, 43_200_000, 86_400_000,
  ];
  const step = steps.find((one) => one >= raw) ?? Math.ceil(raw / 86_400_000) * 86_400_000;
  const found = [];
  for (let at = 0; at <= spanMs; at += step) found.push(at);
  return found;
}

/** Round lengths of time short: "250 ms", "5 s", "5 m", "2 h". */
export function tick(ms: number): string {
  if (ms === 0) return "0";
  if (ms < 1000) return `${ms} ms`;
  if (ms < 60_000) return `${ms / 1000} s`;
  if (ms < 3_600_000) return `${ms / 60_000} m`;
  return `${ms / 3_600_000} h`;
}
