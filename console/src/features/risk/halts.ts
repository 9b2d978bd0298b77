// What stands between a wish and an order: halts, latches and doors in words; what an imposition must have.

import type { HaltRow, Imposition } from "@/lib/types";

export type Mode = "scale" | "reduce-only" | "close" | "no-trading";

export interface ModeText {
  mode: Mode;
  name: string;
  does: string;
}

/** From mild to severe: where several cover the same, the more severe wins, and scales multiply. */
export const MODES: readonly ModeText[] = [
  {
    mode: "scale",
    name: "Scale",
    does: "Entries at a part of their size. Exits and hedges are not touched.",
  },
  { mode: "reduce-only", name: "Reduce only", does: "Nothing new is opened. Exits and hedges go on." },
  { mode: "close", name: "Close", does: "Nothing new is opened, and what is held is closed." },
  { mode: "no-trading", name: "No trading", does: "Nothing is sent at all, exits and hedges included." },
];

export const SCOPES = ["strategy", "venue", "base", "instrument", "owner"] as const;
export type ScopeName = (typeof SCOPES)[number];

export const SCOPE_TEXT: Record<ScopeName, { name: string; hint: string }> = {
  strategy: { name: "Strategy", hint: "all strategies" },
  venue: { name: "Venue", hint: "all venues" },
  base: { name: "Coin", hint: "all coins" },
  instrument: { name: "Instrument", hint: "all instruments" },
  owner: { name: "Holding", hint: "all holdings" },
};

export interface Draft {
  name: string;
  mode: Mode;
  factor: string;
  reason: string;
  scope: Record<ScopeName, string>;
}

export const EMPTY: Draft = {
  name: "",
  mode: "reduce-only",
  factor: "0.5",
  reason: "",
  scope: { strategy: "", venue: "", base: "", instrument: "", owner: "" },
};

export interface Problems {
  name?: string;
  factor?: string;
  reason?: string;
}

/** What is wrong with it; nothing where it can be asked for. */
export function problemsOf(draft: Draft, standing: readonly { name: string }[]): Problems {
  const found: Problems = {};
  const name = nameOf(draft);
  if (standing.some((one) => one.name === name))
    found.name = `"${name}" stands already: lift it first, or give this one another name`;
  if (draft.mode === "scale") {
    const factor = Number(draft.factor.trim().replace(",", "."));
    if (draft.factor.trim() === "" || !Number.isFinite(factor)) found.factor = "a number between 0 and 1";
    else if (factor <= 0) found.factor = "above 0; to stop entries take reduce only";
    else if (factor >= 1) found.factor = "below 1: at 1 nothing would change";
  }
  if (draft.reason.trim() === "") found.reason = "say why: who reads the journal wants to know";
  return found;
}

/** The name given, or one that says what it is. */
export function nameOf(draft: Draft): string {
  const given = draft.name.trim();
  if (given) return given;
  const parts = SCOPES.map((one) => draft.scope[one]).filter(Boolean);
  const mode = draft.mode === "scale" ? `scale ${draft.factor.trim()}` : draft.mode;
  return [mode, ...(parts.length > 0 ? parts : ["all"])].join(" ");
}

export function impositionOf(draft: Draft): Imposition {
  return {
    name: nameOf(draft),
    mode: draft.mode === "scale" ? draft.factor.trim().replace(",", ".") : draft.mode,
    reason: draft.reason.trim(),
    ...draft.scope,
  };
}

/** What it covers, in words. */
export function coversOf(covers: Record<string, string>): string {
  const named = Object.entries(covers).filter(([, value]) => value !== "");
  if (named.length === 0) return "everything";
  return named
    .map(([kind, value]) => `${kind === "base" ? "coin" : kind === "owner" ? "holding" : kind} ${value}`)
    .join(", ");
}

/** What a halt lets through, in a sentence; `allows` is the run's word, as "scale 1/2" or "reduce-only". */
export function allowsOf(allows: string): string {
  const found = MODES.find((one) => one.mode !== "scale" && allows.startsWith(one.mode));
  if (found) return found.does;
  const part = /([0-9]+)\/([0-9]+)|([0-9.]+)/.exec(allows);
  const factor = part
    ? part[1] && part[2]
      ? Number(part[1]) / Number(part[2])
      : Number(part[3])
    : Number.NaN;
  if (!Number.isFinite(factor)) return allows;
  return `Entries at ${Math.round(factor * 1000) / 10} % of their size. Exits and hedges are not touched.`;
}

export const PAUSE = "paused by operator";

/** Halts that keep back entries of a strategy, or of all: what a pause made. */
export function pausesOf(halts: readonly HaltRow[]): HaltRow[] {
  return halts.filter((one) => one.name.startsWith(PAUSE));
}

export interface LatchText {
  what: string;
  now: string;
  next: string;
}

const LATCHES: Record<string, LatchText> = {
  panic: {
    what: "A panic was asked for.",
    now: "What rests is cancelled, positions are closed, coins that the run bought are sold. The run itself sends nothing any more, not even between wallets.",
    next: "Look at the venues, then re-arm. What was held and meant before belongs to nobody's plan any more.",
  },
};

/** What a latch means. Each stands over restarts, until somebody takes it back by hand. */
export function latchText(name: string): LatchText {
  return (
    LATCHES[name.replace(/^latch[ :]*/, "")] ?? {
      what: `"${name}" latched.`,
      now: "Nothing new is opened anywhere. Exits and hedges go on.",
      next: "Find the cause in the journal, then re-arm.",
    }
  );
}

/** What a door is for, beside what the run says of it. */
export function doorText(name: string): string {
  const [kind = "", of = ""] = name.split(":");
  switch (kind) {
    case "start":
      return "The run looks around first: every venue is asked before anything is opened.";
    case "stopping":
      return "The run is about to stop.";
    case "venue":
      return `Entries at ${of} wait until its accounts agree with the books.`;
    case "absent":
      return `Nothing at all is sent to ${of}, exits included. It is asked again and again.`;
    case "latch":
      return "Stays until it is re-armed.";
    case "all orders":
      return "Nothing is sent at all, exits and hedges included.";
    default:
      return "Entries wait. Exits and hedges go on.";
  }
}
