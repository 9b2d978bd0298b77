import { useMemo } from "react";
import { money, stamp, toNumber } from "@/lib/format";
import type { TradeShape } from "@/lib/types";
import { Chart, COLOURS } from "@/ui";
import { sources } from "./totals";

const PAINT: Record<string, string> = {
  basis: COLOURS.info,
  funding: COLOURS.good,
  fees: COLOURS.warn,
  slippage: COLOURS.violet,
};

/** What each trade brought, by source, in the order in which they closed; the line is what all came to by then. */
export function Sums({ trades, onPick }: { trades: readonly TradeShape[]; onPick: (id: string) => void }) {
  const option = useMemo(() => {
    const ordered = [...trades].sort((a, b) => a.closed_ms - b.closed_ms);
    const names = sources(ordered);
    let sum = 0;
    const line = ordered.map((one) => {
      sum += toNumber(one.total);
      return Number(sum.toFixed(2));
    });
    return {
      grid: { left: 56, right: 16, top: 28, bottom: 24 },
      legend: { top: 0, right: 8, data: [...names, "sum"] },
      tooltip: {
        trigger: "axis",
        axisPointer: { type: "shadow" },
        formatter: (events: { dataIndex: number }[]) => {
          const at = events[0]?.dataIndex ?? 0;
          const one = ordered[at];
          if (!one) return "";
          const lines = names.map((name) => `${name} ${money(one.pnl[name] ?? "0", { sign: true })}`);
          return `<b>${one.id}</b> ${stamp(one.closed_ms)}<br>${lines.join("<br>")}<br><b>${money(one.total, { sign: true })}</b>, sum ${money(String(line[at]), { sign: true })}`;
        },
      },
      xAxis: { type: "category", data: ordered.map((one) => one.id), axisLabel: { show: false } },
      yAxis: { type: "value" },
      series: [
        ...names.map((name) => ({
          name,
          type: "bar",
          stack: "pnl",
          barMaxWidth: 18,
          itemStyle: { color: PAINT[name] ?? COLOURS.soft },
          cursor: "pointer",
          data: ordered.map((one) => toNumber(one.pnl[name] ?? "0")),
        })),
        {
          name: "sum",
          type: "line",
          step: "end",
          data: line,
          lineStyle: { color: COLOURS.text, width: 1.5 },
          itemStyle: { color: COLOURS.text },
        },
      ],
    };
  }, [trades]);
  return (
    <Chart
      option={option}
      fresh
      height={328}
      onPick={(event) => onPick(event.name)}
      label="Profit and loss of each trade by source, and their sum"
    />
  );
}
