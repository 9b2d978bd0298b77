// The day's drawdown ladder and the band of delta, as figures that a drawing takes.

export interface Rung {
  name: string;
  /** The loss of a UTC day at which it is taken, a share. */
  at: number;
  does: string;
  /** Whether it ends by itself. */
  ends: string;
  reached: boolean;
}

const RUNGS: readonly (readonly [string, string, string])[] = [
  ["Halve", "New entries at half their size", "ends with the UTC day"],
  ["No entries", "Nothing new is opened; exits and hedges go on", "ends with the UTC day"],
  ["Flatten", "All pairs are closed, both legs together", "stays until it is lifted"],
];

/** The three rungs. What was reached stands for the day, whatever NAV does: `rung` is the run's word for the
 * last that was (as halve, no entries, flatten; empty for none). */
export function rungsOf(ladder: readonly number[], rung: string): Rung[] {
  const last = RUNGS.findIndex(([name]) => same(name, rung));
  return RUNGS.map(([name, does, ends], n) => ({
    name,
    at: ladder[n] ?? 0,
    does,
    ends,
    reached: n <= last,
  }));
}

function same(name: string, word: string): boolean {
  return name.toLowerCase().replace(/[^a-z]/g, "") === word.toLowerCase().replace(/[^a-z]/g, "");
}

/** Where a loss stands between nothing and the last rung, and a little beyond: from 0 to 1. */
export function depthOf(ladder: readonly number[], drawdown: number): number {
  const whole = (ladder.at(-1) ?? 0) * 1.15;
  return whole > 0 ? Math.min(Math.max(drawdown / whole, 0), 1) : 0;
}

/** What is left before the next rung, as a share of NAV; nothing when all were reached. */
export function roomOf(rungs: readonly Rung[], drawdown: number): { rung: Rung; room: number } | undefined {
  const next = rungs.find((one) => !one.reached);
  return next && { rung: next, room: Math.max(next.at - drawdown, 0) };
}

export interface Band {
  /** All from 0 (as short as the band is drawn) to 1 (as long). */
  needle: number | undefined;
  warn: [number, number];
  act: [number, number];
  state: "unknown" | "inside" | "warned" | "hedged";
}

/** Delta between the shares of NAV at which it is told (`warn`) and hedged (`act`), on either side. */
export function bandOf(share: number | null, warn: number, act: number): Band {
  const most = act > 0 ? act * 1.3 : 1;
  const place = (value: number) => Math.min(Math.max((value / most + 1) / 2, 0), 1);
  const size = share === null ? 0 : Math.abs(share);
  return {
    needle: share === null ? undefined : place(share),
    warn: [place(-warn), place(warn)],
    act: [place(-act), place(act)],
    state: share === null ? "unknown" : size >= act ? "hedged" : size >= warn ? "warned" : "inside",
  };
}

export type Weight = "unknown" | "calm" | "near" | "at";

/** How near to a limit: from seven tenths on it is near. */
export function weightOf(share: number | null): Weight {
  if (share === null || Number.isNaN(share)) return "unknown";
  return share >= 1 ? "at" : share >= 0.7 ? "near" : "calm";
}
