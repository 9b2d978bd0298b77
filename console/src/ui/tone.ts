/** What a colour means here. Never the only bearer of it: a sign, a word or a glyph says the same. */
export type Tone = "plain" | "soft" | "dim" | "good" | "bad" | "warn" | "info" | "accent" | "auto";

export const TEXT: Record<Exclude<Tone, "auto">, string> = {
  plain: "text-text",
  soft: "text-soft",
  dim: "text-dim",
  good: "text-good",
  bad: "text-bad",
  warn: "text-warn",
  info: "text-info",
  accent: "text-lime",
};

export const FILL: Record<Exclude<Tone, "auto">, string> = {
  plain: "bg-raised text-text border-edge",
  soft: "bg-raised text-soft border-line",
  dim: "bg-panel text-dim border-line",
  good: "bg-good-deep text-good border-good/30",
  bad: "bg-bad-deep text-bad border-bad/35",
  warn: "bg-warn-deep text-warn border-warn/30",
  info: "bg-info-deep text-info border-info/30",
  accent: "bg-lime-deep text-lime border-lime/35",
};

/** The tone of a signed figure. */
export function bySign(sign: number): Exclude<Tone, "auto"> {
  return sign > 0 ? "good" : sign < 0 ? "bad" : "plain";
}
