// NAV along the slider, as a path.
import { fractionOf, type Span } from "./slider";

export interface Point {
  at_ms: number;
  value: number;
}

export interface Drawn {
  line: string;
  area: string;
  low: number;
  high: number;
}

/** A path into `width` by `height`; per pixel the least and the most, so that no spike is lost. */
export function drawn(
  points: readonly Point[],
  span: Span,
  width: number,
  height: number,
): Drawn | undefined {
  const known = points.filter((one) => Number.isFinite(one.value));
  const first = known[0];
  if (first === undefined || width <= 0) return undefined;
  let low = first.value;
  let high = first.value;
  for (const { value } of known) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const range = high - low || Math.abs(high) * 0.001 || 1;
  const y = (value: number) => round(height - ((value - low) / range) * height);
  const steps = thinned(known, span, width).map(
    ({ at_ms, value }) => `${round(fractionOf(span, at_ms) * width)} ${y(value)}`,
  );
  const line = `M${steps.join("L")}`;
  const [from, to] = [steps[0]?.split(" ")[0], steps.at(-1)?.split(" ")[0]];
  return { line, area: `${line}L${to} ${height}L${from} ${height}Z`, low, high };
}

function thinned(points: readonly Point[], span: Span, width: number): readonly Point[] {
  if (points.length <= width * 2) return points;
  const found: Point[] = [];
  let pixel = -1;
  let [least, most, last]: (Point | undefined)[] = [];
  const flush = () => {
    const ends = [least, most, last].filter((one): one is Point => one !== undefined);
    for (const one of [...new Set(ends)].sort((a, b) => a.at_ms - b.at_ms)) found.push(one);
  };
  for (const point of points) {
    const at = Math.floor(fractionOf(span, point.at_ms) * width);
    if (at !== pixel) {
      flush();
      pixel = at;
      least = most = point;
    }
    if (least === undefined || point.value < least.value) least = point;
    if (most === undefined || point.value > most.value) most = point;
    last = point;
  }
  flush();
  return found;
}

/** The value that stood at a moment: of the last point until then. */
export function valueAt(points: readonly Point[], at_ms: number): number | undefined {
  let low = 0;
  let high = points.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((points[middle] as Point).at_ms <= at_ms) low = middle + 1;
    else high = middle;
  }
  return points[low - 1]?.value;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
