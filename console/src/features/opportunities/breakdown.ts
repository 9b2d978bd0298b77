/** A route's cost as a bar: what is gained to the right of zero, what is paid to the left, all-in as a mark. */
import type { RouteRow } from "@/lib/types";
import { reach, type Slice, stacked } from "../StackBar";

export type Part = "basis" | "funding" | "fees" | "transfer";

export const PARTS: readonly Part[] = ["basis", "funding", "fees", "transfer"];

/** Signed contributions in bps that sum up to all-in; empty where the route's figures are not known. */
export function slices(route: RouteRow): Slice[] {
  return stacked([
    ["basis", route.basis_bps],
    ["funding", route.funding_bps],
    ["fees", route.fees_bps === null ? null : -route.fees_bps],
    ["transfer", route.transfer_bps === null ? null : -route.transfer_bps],
  ]);
}

export function extent(routes: readonly RouteRow[]): [number, number] {
  return reach(
    routes.map(slices),
    routes.map((one) => one.all_in_bps ?? 0),
  );
}
