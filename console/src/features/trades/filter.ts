/** Which trades are looked at. Dates are days as `<input type="date">` has them, both included. */
import { instant } from "@/lib/format";
import type { TradeShape } from "@/lib/types";

export interface Wanted {
  pair: string;
  type: string;
  from: string;
  to: string;
  text: string;
}

export const ALL: Wanted = { pair: "", type: "", from: "", to: "", text: "" };
const DAY_MS = 86_400_000;

export function wanted(trades: readonly TradeShape[], by: Wanted): TradeShape[] {
  const since = by.from ? instant(by.from) : Number.NEGATIVE_INFINITY;
  const until = by.to ? instant(by.to) + DAY_MS : Number.POSITIVE_INFINITY;
  const text = by.text.trim().toLowerCase();
  return trades.filter(
    (one) =>
      (!by.pair || one.pair === by.pair) &&
      (!by.type || one.type === by.type) &&
      one.closed_ms >= since &&
      one.closed_ms < until &&
      (!text || `${one.id} ${one.reason} ${one.closing}`.toLowerCase().includes(text)),
  );
}

export function choices(trades: readonly TradeShape[], of: "pair" | "type"): string[] {
  return [...new Set(trades.map((one) => one[of]))].sort();
}
