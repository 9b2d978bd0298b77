/** Points over time for charts. */

export type Point = readonly [at_ms: number, value: number];

export interface Grid {
  /** At most so many points. */
  most?: number;
  /** The least distance of two points, ms. */
  least?: number;
  /** Without a point for longer than this (ms) there is a hole; Infinity: none. */
  hole?: number;
}

/**
 * The same course at even distances, each point the last that was known then (NaN in a hole): charts that put points
 * side by side, whatever the time between them, then show time as it was. The grid lies at whole multiples of its step.
 */
export function evenly(
  points: readonly Point[],
  { most = 1200, least = 1000, hole = Number.POSITIVE_INFINITY }: Grid = {},
): Point[] {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return [];
  const step = stepFor(last[0] - first[0], most, least);
  const result: Point[] = [];
  let next = 0;
  for (let at = Math.ceil(first[0] / step) * step; at < last[0] + step; at += step) {
    while (next < points.length && (points[next]?.[0] ?? 0) <= at) next += 1;
    const known = points[next - 1];
    if (!known) continue;
    result.push([at, at - known[0] > hole ? Number.NaN : known[1]]);
  }
  return result;
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400];

/** A round step (ms) that makes at most `most` points of a span. */
export function stepFor(span: number, most: number, least: number): number {
  const wanted = Math.max(least, span / most);
  const found = STEPS.find((seconds) => seconds * 1000 >= wanted);
  return found ? found * 1000 : Math.ceil(wanted / 86_400_000) * 86_400_000;
}

/** `more` behind `points`: only what is later than the last of them. */
export function joined<P extends readonly [number, ...unknown[]]>(
  points: readonly P[],
  more: readonly P[],
): readonly P[] {
  const last = points.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY;
  const later = more.filter((point) => point[0] > last);
  return later.length === 0 ? points : [...points, ...later];
}

/** Only the points since `from`, with the last one before it as the first. */
export function since(points: readonly Point[], from: number): readonly Point[] {
  const at = points.findIndex((point) => point[0] >= from);
  if (at === 0) return points;
  if (at < 0) return points.slice(-1);
  return points.slice(at - 1);
}
