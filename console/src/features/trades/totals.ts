/** Of many trades: what they brought in all, by source, exactly. */
import { sum } from "@/lib/format";
import type { Money, TradeShape } from "@/lib/types";

export const SOURCES = ["basis", "funding", "fees", "slippage"] as const;

export interface Totals {
  count: number;
  won: number;
  value: Money | null;
  total: Money | null;
  sources: [string, Money][];
  /** Mean time held. */
  seconds: number;
  /** Realised, weighted by value at entry. */
  realisedBps: number | null;
}

export function totals(trades: readonly TradeShape[]): Totals {
  const weighed = trades.filter((one) => one.realised_bps !== null && Number(one.value) > 0);
  const weight = weighed.reduce((all, one) => all + Number(one.value), 0);
  return {
    count: trades.length,
    won: trades.filter((one) => Number(one.total) > 0).length,
    value: sum(trades.map((one) => one.value)),
    total: sum(trades.map((one) => one.total)),
    sources: sources(trades).map((name): [string, Money] => [
      name,
      sum(trades.map((one) => one.pnl[name])) ?? "0",
    ]),
    seconds: trades.length ? trades.reduce((all, one) => all + one.seconds, 0) / trades.length : 0,
    realisedBps: weight
      ? weighed.reduce((all, one) => all + (one.realised_bps ?? 0) * Number(one.value), 0) / weight
      : null,
  };
}

/** The usual sources, and any other that brought something; in a fixed order. */
export function sources(trades: readonly { pnl: Record<string, Money> | null }[]): string[] {
  const found = new Set<string>();
  for (const one of trades) {
    for (const [name, amount] of Object.entries(one.pnl ?? {})) if (Number(amount)) found.add(name);
  }
  const usual: string[] = SOURCES.filter((name) => found.has(name) || name !== "slippage");
  return [...usual, ...[...found].filter((name) => !usual.includes(name)).sort()];
}
