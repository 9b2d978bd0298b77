/** A wallet's margin in words: what happens next, and how far prices are from it. */
import type { MarginRow } from "@/lib/types";

export interface Trigger {
  text: string;
  tone: "good" | "warn" | "bad" | "plain";
}

const per = (share: number) => `${(share * 100).toFixed(0)}%`;

export function trigger(one: MarginRow): Trigger {
  if (one.used === null) return { text: "no price for what is held", tone: "warn" };
  if (one.used > one.ceiling) return { text: `above ${per(one.ceiling)}: pairs are reduced`, tone: "bad" };
  if (one.used > one.top_up) return { text: `above ${per(one.top_up)}: quote comes from spot`, tone: "warn" };
  if (!Number(one.notional)) return { text: "nothing held against it", tone: "plain" };
  const up = rise(one);
  const far = up === null ? "" : `, when prices are ${per(up)} higher`;
  const leaves = one.used < one.floor ? "; below the floor, profit leaves for spot" : "";
  return { text: `top-up at ${per(one.top_up)}${far}${leaves}`, tone: "good" };
}

/** How far prices have to rise until `top_up` is used: the shorts grow, and what they lose leaves the equity. */
export function rise(one: MarginRow): number | null {
  const notional = Number(one.notional);
  const equity = Number(one.equity);
  if (!notional || one.equity === null || !one.used) return null;
  const limit = notional / (one.used * equity);
  const at = one.top_up * limit;
  return (at * equity - notional) / (notional * (1 + at));
}
