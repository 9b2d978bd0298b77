/** How long orders take: stages in the order of an order's way, and a histogram of what orders really took. */
import { micros } from "@/lib/format";
import type { OrderRow, StageRow } from "@/lib/types";

const WAY = [
  "tick to signal",
  "signal to decision",
  "decision to order",
  "order to journal",
  "journal to committed",
  "committed to ack",
  "ack to fill",
  "tick to order",
  "order to ack",
];
/** These span several of the others. */
export const SUMS: ReadonlySet<string> = new Set(["tick to order", "order to ack"]);

/** In the order of the way; stages of others after them. */
export function ordered(stages: readonly StageRow[]): StageRow[] {
  const place = (name: string) => WAY.indexOf(name) + 1 || WAY.length + 1;
  return [...stages].sort((a, b) => place(a.stage) - place(b.stage) || a.stage.localeCompare(b.stage));
}

/** Where `us` stands on a logarithmic scale from `least` to `most`, 0..1. */
export function logPlace(us: number, least: number, most: number): number {
  if (!(us > 0) || most <= least) return 0;
  return Math.min(Math.max(Math.log(us / least) / Math.log(most / least), 0), 1);
}

/** Powers of ten around all stages: (least, most) in microseconds. */
export function decades(stages: readonly StageRow[]): [number, number] {
  const all = stages.flatMap((one) => [one.p50, one.most]).filter((one) => one > 0);
  if (all.length === 0) return [1, 1_000_000];
  const least = 10 ** Math.floor(Math.log10(Math.min(...all)));
  const most = 10 ** Math.ceil(Math.log10(Math.max(...all)));
  return [least, most > least ? most : least * 10];
}

export interface Bin {
  label: string;
  fromMs: number;
  count: number;
}

/** How long orders took from being sent to their end, in steps of a third of a decade; none empty at the ends. */
export function lives(orders: readonly OrderRow[]): Bin[] {
  const took = orders.map((one) => one.updated_ms - one.sent_ms).filter((one) => one > 0);
  if (took.length === 0) return [];
  const step = (ms: number) => Math.floor(3 * Math.log10(ms) + 1e-9);
  const first = Math.min(...took.map(step));
  const last = Math.max(...took.map(step));
  const bins: Bin[] = [];
  for (let n = first; n <= last; n += 1) {
    bins.push({ label: micros(10 ** (n / 3) * 1000), fromMs: 10 ** (n / 3), count: 0 });
  }
  for (const ms of took) {
    const bin = bins[step(ms) - first];
    if (bin) bin.count += 1;
  }
  return bins;
}
