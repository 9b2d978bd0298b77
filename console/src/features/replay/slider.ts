/** The slider of a recorded run: a moment on its span, steps, marks. Times are milliseconds. */

export interface Span {
  from: number;
  to: number;
}

export interface Mark {
  at_ms: number;
  seq: number;
  kind: string;
  text: string;
}

export function clamped(span: Span, at: number): number {
  return Math.min(Math.max(at, span.from), span.to);
}

/** Where on the slider, from 0 to 1. */
export function fractionOf(span: Span, at: number): number {
  const length = span.to - span.from;
  return length <= 0 ? 1 : (clamped(span, at) - span.from) / length;
}

export function momentAt(span: Span, fraction: number): number {
  return Math.round(clamped(span, span.from + fraction * (span.to - span.from)));
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  100,
  200,
  500,
  SECOND,
  2 * SECOND,
  5 * SECOND,
  10 * SECOND,
  30 * SECOND,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  30 * MINUTE,
  HOUR,
  6 * HOUR,
  12 * HOUR,
  DAY,
  7 * DAY,
];

/** What an arrow key moves by: a round time, about a 600th of the span. */
export function stepOf(span: Span): number {
  const wanted = (span.to - span.from) / 600;
  return STEPS.find((one) => one >= wanted) ?? 30 * DAY;
}

/** Times a second that play may run at: those that get through the span within some minutes are offered too. */
export function speedsOf(span: Span): number[] {
  const length = (span.to - span.from) / SECOND;
  return [1, 10, 60, 600, 3600, 86_400].filter((speed) => speed <= 60 || length / speed > 20);
}

/** Where play has come to. */
export function played(span: Span, from: number, elapsed_ms: number, speed: number): number {
  return clamped(span, from + elapsed_ms * speed);
}

/** The next mark after a moment, in time and then in the journal; marks are in order. `seq` is where the
 * moment stands in the journal, so that marks of the same millisecond are each reached. */
export function nextMark(
  marks: readonly Mark[],
  at: number,
  seq = Number.POSITIVE_INFINITY,
): Mark | undefined {
  return marks[firstAfter(marks, at, seq)];
}

export function previousMark(marks: readonly Mark[], at: number, seq = 0): Mark | undefined {
  let n = firstAfter(marks, at, seq) - 1;
  while (n >= 0 && !isBefore(marks[n], at, seq)) n -= 1;
  return marks[n];
}

function isBefore(mark: Mark | undefined, at: number, seq: number): boolean {
  return mark !== undefined && (mark.at_ms < at || (mark.at_ms === at && mark.seq < seq));
}

function firstAfter(marks: readonly Mark[], at: number, seq: number): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = marks[middle] as Mark;
    if (one.at_ms > at || (one.at_ms === at && one.seq > seq)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export interface Cluster {
  /** From 0 to 1. */
  at: number;
  marks: Mark[];
}

/** Marks nearer than `gap` pixels on a slider of `width` stand as one. */
export function clustered(marks: readonly Mark[], span: Span, width: number, gap: number): Cluster[] {
  const found: Cluster[] = [];
  for (const mark of marks) {
    const at = fractionOf(span, mark.at_ms);
    const last = found.at(-1);
    if (last && (at - last.at) * width < gap) last.marks.push(mark);
    else found.push({ at, marks: [mark] });
  }
  return found;
}

export interface Tick {
  /** From 0 to 1. */
  at: number;
  at_ms: number;
}

const TICKS = [
  ...STEPS.filter((one) => one >= SECOND),
  2 * HOUR,
  3 * HOUR,
  2 * MINUTE,
  2 * DAY,
  14 * DAY,
  30 * DAY,
  90 * DAY,
].sort((a, b) => a - b);

/** Round moments along the slider, one per `every` pixels at most. */
export function ticksOf(span: Span, width: number, every = 110): Tick[] {
  const length = span.to - span.from;
  if (length <= 0 || width <= 0) return [];
  const wanted = (length / width) * every;
  const step = TICKS.find((one) => one >= wanted) ?? 365 * DAY;
  const found: Tick[] = [];
  for (let at = Math.ceil(span.from / step) * step; at <= span.to; at += step)
    found.push({ at: fractionOf(span, at), at_ms: at });
  return found;
}

/** Which moment a key asks for, or nothing for another key. */
export function keyed(key: string, shift: boolean, span: Span, at: number): number | undefined {
  const step = stepOf(span) * (shift ? 10 : 1);
  switch (key) {
    case "ArrowLeft":
    case "ArrowDown":
      return clamped(span, at - step);
    case "ArrowRight":
    case "ArrowUp":
      return clamped(span, at + step);
    case "PageDown":
      return clamped(span, at - step * 10);
    case "PageUp":
      return clamped(span, at + step * 10);
    case "Home":
      return span.from;
    case "End":
      return span.to;
    default:
      return undefined;
  }
}
