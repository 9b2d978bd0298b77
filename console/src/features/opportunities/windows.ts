/** Windows of opportunity: from the signal that opened one to the signal that closed it, by pair and kind. */
import { onClock } from "@/lib/format";
import type { OpportunityRow } from "@/lib/types";
import { figureOf } from "./outcome";

export interface Window {
  key: string;
  pair: string;
  kind: string;
  openMs: number;
  /** 0 while it is open. */
  closeMs: number;
  edge: number | null;
  captured: boolean;
  why: string;
  trace: string;
}

const KINDS: Record<string, { kind: string; opens: boolean }> = {
  EXPAND: { kind: "satellite", opens: true },
  CONTRACT: { kind: "satellite", opens: false },
  CORE_OPEN: { kind: "core", opens: true },
  CORE_CLOSE: { kind: "core", opens: false },
  VACUUM_OPEN: { kind: "vacuum", opens: true },
  VACUUM_CLOSE: { kind: "vacuum", opens: false },
};

/** What a signal's name says: of other strategies, whatever does not close opens. */
export function sense(name: string): { kind: string; opens: boolean } {
  const known = KINDS[name];
  if (known) return known;
  const ends = /[_ -]?(CLOSE|EXIT|END)$/i;
  return {
    kind: name.replace(/[_ -]?(OPEN|ENTER|ENTRY|CLOSE|EXIT|END)$/i, "").toLowerCase() || name,
    opens: !ends.test(name),
  };
}

/** Oldest first. A window that opens again before it closed stays one, with the best edge of both. */
export function windows(signals: readonly OpportunityRow[]): Window[] {
  const found: Window[] = [];
  const open = new Map<string, Window>();
  for (const one of [...signals].sort((a, b) => a.at_ms - b.at_ms)) {
    const { kind, opens } = sense(one.name);
    const id = `${one.strategy} ${one.subject} ${kind}`;
    const now = open.get(id);
    if (!opens) {
      if (now) {
        now.closeMs = one.at_ms;
        open.delete(id);
      }
      continue;
    }
    const edge = figureOf(one, "edge");
    if (now) {
      if (edge !== null && (now.edge === null || edge > now.edge)) now.edge = edge;
      if (one.outcome === "entered") {
        now.captured = true;
        now.why = one.why;
        now.trace = one.trace;
      }
      continue;
    }
    const made: Window = {
      key: one.key,
      pair: one.subject,
      kind,
      openMs: one.at_ms,
      closeMs: 0,
      edge,
      captured: one.outcome === "entered",
      why: one.why,
      trace: one.trace,
    };
    open.set(id, made);
    found.push(made);
  }
  return found;
}

export type Rhythm = "hour" | "weekday";

export interface HeatMap {
  pairs: string[];
  /** What the columns are: hours of the day, or days of the week from Monday on. */
  slots: string[];
  /** (slot, place of the pair, how many opened). */
  cells: [number, number, number][];
  most: number;
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** How many windows opened in each hour of the day or on each day of the week, by pair; empty cells too. */
export function heatMap(found: readonly Window[], by: Rhythm = "hour"): HeatMap {
  const pairs = [...new Set(found.map((one) => one.pair))].sort();
  const slots = by === "hour" ? Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0")) : DAYS;
  const counts = pairs.map(() => new Array<number>(slots.length).fill(0));
  for (const one of found) {
    const row = counts[pairs.indexOf(one.pair)];
    const at = new Date(onClock(one.openMs));
    const slot = by === "hour" ? at.getUTCHours() : (at.getUTCDay() + 6) % 7;
    if (row) row[slot] = (row[slot] ?? 0) + 1;
  }
  const cells = counts.flatMap((row, place) =>
    row.map((count, slot): [number, number, number] => [slot, place, count]),
  );
  return { pairs, slots, cells, most: Math.max(0, ...cells.map((cell) => cell[2])) };
}

export interface PairProfile extends Profile {
  pair: string;
  /** Mean of the best edges that are known, bps. */
  edge: number | null;
}

/** The same figures for each pair, the busiest first. */
export function byPair(found: readonly Window[]): PairProfile[] {
  const pairs = [...new Set(found.map((one) => one.pair))];
  return pairs
    .map((pair) => {
      const own = found.filter((one) => one.pair === pair);
      const edges = own.flatMap((one) => (one.edge === null ? [] : [one.edge]));
      return {
        pair,
        ...profile(own),
        edge: edges.length ? edges.reduce((sum, one) => sum + one, 0) / edges.length : null,
      };
    })
    .sort((a, b) => b.windows - a.windows || a.pair.localeCompare(b.pair));
}

export interface Bucket {
  label: string;
  count: number;
  captured: number;
}

const EDGES_S = [10, 60, 300, 900, 3600, 14_400, 86_400];
const LABELS = ["<10 s", "10–60 s", "1–5 m", "5–15 m", "15–60 m", "1–4 h", "4–24 h", ">1 d"];

/** How long windows lasted; open ones as long as they have been open at `nowMs`. */
export function durations(found: readonly Window[], nowMs: number): Bucket[] {
  const buckets = LABELS.map((label): Bucket => ({ label, count: 0, captured: 0 }));
  for (const one of found) {
    const seconds = ((one.closeMs || nowMs) - one.openMs) / 1000;
    const at = EDGES_S.findIndex((edge) => seconds < edge);
    const bucket = buckets[at < 0 ? LABELS.length - 1 : at];
    if (!bucket) continue;
    bucket.count += 1;
    if (one.captured) bucket.captured += 1;
  }
  return buckets;
}

export interface Profile {
  windows: number;
  open: number;
  captured: number;
  /** Of those that closed; null without one. */
  medianSeconds: number | null;
}

export function profile(found: readonly Window[]): Profile {
  const closed = found
    .filter((one) => one.closeMs)
    .map((one) => (one.closeMs - one.openMs) / 1000)
    .sort((a, b) => a - b);
  const middle = closed.length >> 1;
  const upper = closed[middle];
  const lower = closed[closed.length % 2 ? middle : middle - 1];
  return {
    windows: found.length,
    open: found.filter((one) => !one.closeMs).length,
    captured: found.filter((one) => one.captured).length,
    medianSeconds: upper === undefined || lower === undefined ? null : (upper + lower) / 2,
  };
}
