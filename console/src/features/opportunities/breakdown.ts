/** A route's cost as a bar: what is gained to the right of zero, what is paid to the left, all-in as a mark. */
import type { RouteRow } from "@/lib/types";

export type Part = "basis" | "funding" | "fees" | "transfer";

export interface Slice {
  part: Part;
  /** Signed, in bps: costs are negative. */
  bps: number;
  /** From and to, in bps, stacked away from zero. */
  from: number;
  to: number;
}

export const PARTS: readonly Part[] = ["basis", "funding", "fees", "transfer"];

/** Signed contributions that sum up to all-in; empty where the route's figures are not known. */
export function slices(route: RouteRow): Slice[] {
  const signed: [Part, number | null][] = [
    ["basis", route.basis_bps],
    ["funding", route.funding_bps],
    ["fees", route.fees_bps === null ? null : -route.fees_bps],
    ["transfer", route.transfer_bps === null ? null : -route.transfer_bps],
  ];
  let right = 0;
  let left = 0;
  const found: Slice[] = [];
  for (const [part, bps] of signed) {
    if (!bps) continue;
    const from = bps > 0 ? right : left;
    const to = from + bps;
    if (bps > 0) right = to;
    else left = to;
    found.push({ part, bps, from, to });
  }
  return found;
}

/** The scale that all routes share: the farthest left and right of any bar, with zero inside, never empty. */
export function extent(routes: readonly RouteRow[]): [number, number] {
  let low = 0;
  let high = 0;
  for (const one of routes) {
    for (const slice of slices(one)) {
      low = Math.min(low, slice.to);
      high = Math.max(high, slice.to);
    }
    low = Math.min(low, one.all_in_bps ?? 0);
    high = Math.max(high, one.all_in_bps ?? 0);
  }
  return high - low > 0 ? [low, high] : [-1, 1];
}
