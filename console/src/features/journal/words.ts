/** What kinds of entries there are, as a list to choose from, and how each kind looks. */
import type { EntryShape } from "@/lib/types";
import type { Tone } from "@/ui";

/** (what, how it is called). In the order of a trade's life, then of the run's. */
export const KINDS: readonly (readonly [string, string])[] = [
  ["signal", "signals"],
  ["routed", "routes"],
  ["pair", "wishes: pairs"],
  ["twap", "wishes: TWAPs"],
  ["limit", "wishes: limits"],
  ["bracket", "wishes: brackets"],
  ["transfer_intent", "wishes: transfers"],
  ["intent", "intents"],
  ["refused", "refusals of gates"],
  ["submitted", "orders sent"],
  ["report", "reports of venues"],
  ["fill", "fills"],
  ["way", "stages of orders"],
  ["saga", "steps of executions"],
  ["pair_outcome", "ends of pairs"],
  ["saga_outcome", "ends of other executions"],
  ["transfer", "transfers booked"],
  ["settled", "transfers settled"],
  ["funding", "funding"],
  ["margin_step", "margin steps"],
  ["drawdown", "drawdown rungs"],
  ["delta", "delta bands"],
  ["valued", "valuations"],
  ["day_opened", "days"],
  ["imposed", "halts imposed"],
  ["lifted", "halts lifted"],
  ["latched", "latches"],
  ["rearmed", "re-arming"],
  ["panic", "panic steps"],
  ["panic_ended", "panics ended"],
  ["reconciled", "reconciliations"],
  ["contradicted", "contradictions"],
  ["settings_changed", "settings changed"],
  ["settings", "settings"],
  ["listing", "instruments"],
  ["deposited", "deposits"],
  ["woke", "wakings of the strategy"],
  ["began", "beginnings of the run"],
  ["stopped", "stops of the run"],
];

const TONES: Record<string, Exclude<Tone, "auto">> = {
  signal: "info",
  routed: "info",
  pair: "accent",
  twap: "accent",
  limit: "accent",
  bracket: "accent",
  transfer_intent: "accent",
  pair_outcome: "accent",
  saga_outcome: "accent",
  fill: "good",
  funding: "good",
  transfer: "good",
  refused: "bad",
  contradicted: "bad",
  latched: "bad",
  panic: "bad",
  panic_ended: "bad",
  imposed: "warn",
  drawdown: "warn",
  margin_step: "warn",
  delta: "warn",
  settings_changed: "warn",
};

/** An outcome that is no good, and a report of a refusal, look so. */
export function tone(entry: EntryShape): Exclude<Tone, "auto"> {
  const end = entry.body.end ?? entry.body.event;
  if (end === "aborted" || end === "timeout") return "warn";
  if (end === "needs operator" || end === "reject" || end === "refused") return "bad";
  return TONES[entry.what] ?? "soft";
}

/** What its story is told by: the execution, else the intent, else the order. */
export function traced(entry: EntryShape): string {
  return entry.saga || entry.intent_id || entry.client_id;
}

export interface Span {
  value: string;
  label: string;
  ms: number;
}

/** Lengths of time to look back over. */
export const SPANS: readonly Span[] = [
  { value: "", label: "Any time", ms: 0 },
  { value: "15m", label: "Last 15 minutes", ms: 900_000 },
  { value: "1h", label: "Last hour", ms: 3_600_000 },
  { value: "24h", label: "Last 24 hours", ms: 86_400_000 },
];
