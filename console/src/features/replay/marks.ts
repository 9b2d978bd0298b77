// The kinds of moments on the slider: each with a glyph of its own, so that no two differ by colour alone.

export type Kind = "signal" | "entry" | "exit" | "fill" | "refusal" | "alert" | "stop";

/** From top to bottom. */
export const LANES: readonly Kind[] = ["signal", "entry", "exit", "fill", "refusal", "alert", "stop"];

export interface KindLook {
  name: string;
  /** A path around 0, 0. */
  shape: string;
  fill: string;
  text: string;
}

export const KINDS: Record<Kind, KindLook> = {
  signal: { name: "Signal", shape: "M0-4 4 0 0 4-4 0Z", fill: "fill-info", text: "text-info" },
  entry: { name: "Entry", shape: "M0-4 4.5 4H-4.5Z", fill: "fill-good", text: "text-good" },
  exit: { name: "Exit", shape: "M0 4 4.5-4H-4.5Z", fill: "fill-violet", text: "text-violet" },
  fill: { name: "Fill", shape: "M-1-4H1V4H-1Z", fill: "fill-soft", text: "text-soft" },
  refusal: {
    name: "Refusal",
    shape: "M-4-3-3-4 0-1 3-4 4-3 1 0 4 3 3 4 0 1-3 4-4 3-1 0Z",
    fill: "fill-warn",
    text: "text-warn",
  },
  alert: {
    name: "Alert",
    shape: "M-1.5-5H1.5L1 1H-1ZM-1.2 2.5H1.2V5H-1.2Z",
    fill: "fill-bad",
    text: "text-bad",
  },
  stop: { name: "Stop", shape: "M-3.5-3.5H3.5V3.5H-3.5Z", fill: "fill-dim", text: "text-dim" },
};

/** A kind that a newer gateway tells of stands among the alerts. */
export function kindOf(kind: string): Kind {
  return kind in KINDS ? (kind as Kind) : "alert";
}

/** How many of each. */
export function counted(marks: readonly { kind: string }[]): Map<Kind, number> {
  const found = new Map<Kind, number>();
  for (const { kind } of marks) found.set(kindOf(kind), (found.get(kindOf(kind)) ?? 0) + 1);
  return found;
}
