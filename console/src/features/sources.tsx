/** Profit and loss by its sources, as bars and figures: the same colours on every page. */
import { money, toNumber } from "@/lib/format";
import type { Money } from "@/lib/types";
import { Legend, type Slice, StackBar, stacked } from "./StackBar";

export const SOURCE_COLOURS: Record<string, string> = {
  basis: "bg-info",
  funding: "bg-good",
  fees: "bg-warn",
  slippage: "bg-violet",
};

export function sourceSlices(pnl: Record<string, Money> | null): Slice[] {
  return stacked(Object.entries(pnl ?? {}).map(([part, amount]) => [part, toNumber(amount) || 0] as const));
}

export interface SourceBarProps {
  pnl: Record<string, Money> | null;
  total: Money | null;
  scale: readonly [number, number];
}

export function SourceBar({ pnl, total, scale }: SourceBarProps) {
  const found = sourceSlices(pnl);
  if (found.length === 0) return <span className="text-xs text-dim">nothing yet</span>;
  const told = found.map((one) => `${one.part} ${money(pnl?.[one.part], { sign: true })}`).join(", ");
  return (
    <StackBar
      slices={found}
      total={total === null ? null : toNumber(total)}
      scale={scale}
      colours={SOURCE_COLOURS}
      label={`${told}; in all ${money(total, { sign: true })}`}
    />
  );
}

export function SourceLegend() {
  return <Legend colours={SOURCE_COLOURS} total="in all" />;
}
