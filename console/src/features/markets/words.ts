/** Names of instruments as people say them, and looks of what is done about a pair. */
import type { Tone } from "@/ui";

/** "binance.spot.BTCUSDT" in its parts. */
export function parts(instrument: string): { venue: string; kind: string; symbol: string } {
  const [venue = "", kind = "", ...symbol] = instrument.split(".");
  return { venue, kind, symbol: symbol.join(".") };
}

export const ACTIONS: Record<string, Exclude<Tone, "auto">> = {
  "no data": "dim",
  warming: "dim",
  blocked: "bad",
  opening: "info",
  closing: "info",
  hold: "good",
  stretched: "accent",
  wait: "soft",
};

/** Beyond this many standard deviations a basis counts as far from its mean. */
export function isStretched(z: number, entry: number): boolean {
  return entry > 0 && Math.abs(z) >= entry;
}
