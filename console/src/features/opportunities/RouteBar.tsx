import { bps } from "@/lib/format";
import type { RouteRow } from "@/lib/types";
import { Legend, StackBar } from "../StackBar";
import { type Part, slices } from "./breakdown";

export const COLOURS: Record<Part, string> = {
  basis: "bg-info",
  funding: "bg-good",
  fees: "bg-warn",
  transfer: "bg-violet",
};

/** What a route's all-in is made of. */
export function RouteBar({ route, scale }: { route: RouteRow; scale: readonly [number, number] }) {
  const found = slices(route);
  if (found.length === 0) return <span className="text-xs text-dim">not known</span>;
  const told = `${found.map((one) => `${one.part} ${bps(one.value)}`).join(", ")}; all in ${bps(route.all_in_bps)} bps`;
  return <StackBar slices={found} total={route.all_in_bps} scale={scale} colours={COLOURS} label={told} />;
}

export function RouteLegend() {
  return <Legend colours={COLOURS} total="all in" />;
}
