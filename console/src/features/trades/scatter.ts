/** What was predicted beside what was realised. */
import type { TradeShape } from "@/lib/types";

export interface Point {
  id: string;
  predicted: number;
  realised: number;
  type: string;
  pair: string;
}

export function points(trades: readonly TradeShape[]): Point[] {
  const found: Point[] = [];
  for (const one of trades) {
    if (one.predicted_bps === null || one.realised_bps === null) continue;
    found.push({
      id: one.id,
      predicted: one.predicted_bps,
      realised: one.realised_bps,
      type: one.type,
      pair: one.pair,
    });
  }
  return found;
}

export interface Fit {
  count: number;
  /** Mean of realised less predicted, in bps: below zero is less than promised. */
  shortfall: number;
  /** Share of trades that brought at least what was promised. */
  kept: number;
  /** Pearson's; null below three trades or where nothing varies. */
  correlation: number | null;
}

export function fit(found: readonly Point[]): Fit | null {
  const count = found.length;
  if (count === 0) return null;
  const mean = (of: (one: Point) => number) => found.reduce((sum, one) => sum + of(one), 0) / count;
  const x = mean((one) => one.predicted);
  const y = mean((one) => one.realised);
  const xx = mean((one) => (one.predicted - x) ** 2);
  const yy = mean((one) => (one.realised - y) ** 2);
  const xy = mean((one) => (one.predicted - x) * (one.realised - y));
  return {
    count,
    shortfall: y - x,
    kept: found.filter((one) => one.realised >= one.predicted).length / count,
    correlation: count > 2 && xx > 0 && yy > 0 ? xy / Math.sqrt(xx * yy) : null,
  };
}

/** One square range for both axes, so that the line of equal is the diagonal; rounded outwards. */
export function range(found: readonly Point[]): [number, number] {
  const all = found.flatMap((one) => [one.predicted, one.realised]);
  const low = Math.min(0, ...all);
  const high = Math.max(1, ...all);
  const step = nice((high - low) / 5);
  return [Math.floor(low / step) * step, Math.ceil(high / step) * step];
}

function nice(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const part = raw / power;
  return (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10) * power;
}
