/** What a signal's figures mean, and how its outcome looks. */
import type { OpportunityRow } from "@/lib/types";

export type Outcome = "entered" | "closed" | "refused" | "passed" | "watching";

export const OUTCOMES: readonly Outcome[] = ["entered", "closed", "refused", "passed", "watching"];

export const LOOKS: Record<
  Outcome,
  { glyph: string; tone: "accent" | "good" | "bad" | "soft" | "info"; meaning: string }
> = {
  entered: { glyph: "✓", tone: "accent", meaning: "a wish followed" },
  closed: { glyph: "■", tone: "good", meaning: "what was held for it is closed" },
  refused: { glyph: "✕", tone: "bad", meaning: "a gate refused it" },
  passed: { glyph: "–", tone: "soft", meaning: "the strategy let it go" },
  watching: { glyph: "◌", tone: "info", meaning: "it is being decided" },
};

export function outcomeOf(row: OpportunityRow): Outcome {
  return OUTCOMES.find((one) => one === row.outcome) ?? "watching";
}

export interface FigureMeaning {
  label: string;
  meaning: string;
  digits: number;
  unit: string;
  /** Written times this. */
  times?: number;
}

const MEANINGS: Record<string, FigureMeaning> = {
  z: { label: "z", meaning: "how many deviations the basis is from its mean", digits: 2, unit: "" },
  basis: { label: "basis", meaning: "perp over spot, between the mids", digits: 2, unit: "bps" },
  mean: { label: "mean", meaning: "of the basis over its window", digits: 2, unit: "bps" },
  std: { label: "deviation", meaning: "standard deviation of the basis", digits: 2, unit: "bps" },
  executable: {
    label: "executable",
    meaning: "basis at the prices that both books would fill at",
    digits: 2,
    unit: "bps",
  },
  cost: {
    label: "cost",
    meaning: "fees of all four fills and the way out, less the funding expected",
    digits: 2,
    unit: "bps",
  },
  edge: {
    label: "edge",
    meaning: "executable less mean less cost: what the round trip leaves",
    digits: 2,
    unit: "bps",
  },
  forecast: {
    label: "funding forecast",
    meaning: "rate expected at the next settlement",
    digits: 3,
    unit: "bps",
    times: 10_000,
  },
  interval_hours: { label: "settles every", meaning: "interval of the funding", digits: 0, unit: "h" },
  liquidated: { label: "liquidated", meaning: "value liquidated in the cascade", digits: 0, unit: "" },
  end: { label: "end", meaning: "why it was over, as the kernel numbers it", digits: 0, unit: "" },
};

/** Unknown figures keep their name. */
export function meaning(name: string): FigureMeaning {
  return MEANINGS[name] ?? { label: name.replaceAll("_", " "), meaning: "", digits: 2, unit: "" };
}

const NAMES: Record<string, string> = {
  EXPAND: "basis stretched",
  CONTRACT: "basis back",
  CORE_OPEN: "funding pays",
  CORE_CLOSE: "funding over",
  VACUUM_OPEN: "vacuum",
  VACUUM_CLOSE: "vacuum over",
};

/** A signal's name in words, its own where it has none. */
export function called(name: string): string {
  return NAMES[name] ?? name.replaceAll("_", " ").toLowerCase();
}

/** As they are read: z, then the basis and what it is judged by, then money. */
const ORDER = ["z", "basis", "mean", "std", "executable", "cost", "edge", "forecast", "interval_hours"];

/** In a fixed order, with unknown ones last. Below this the kernel says that there was no depth to judge by. */
const NEVER = -1e6;

export function figures(row: OpportunityRow): [string, number | null][] {
  const place = (name: string) => ORDER.indexOf(name) + 1 || ORDER.length + 1;
  return Object.entries(row.figures)
    .sort(([a], [b]) => place(a) - place(b) || a.localeCompare(b))
    .map(([name]) => [name, figureOf(row, name)]);
}

/** Null for one that the signal has not. */
export function figureOf(row: OpportunityRow, name: string): number | null {
  const value = row.figures[name];
  return value === undefined || value <= NEVER ? null : value;
}
