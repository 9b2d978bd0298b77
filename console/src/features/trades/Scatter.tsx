import { useMemo } from "react";
import { bps, number, percent } from "@/lib/format";
import type { TradeShape } from "@/lib/types";
import { Chart, COLOURS } from "@/ui";
import { fit, points, range } from "./scatter";

const LOOKS: Record<string, { colour: string; symbol: string }> = {
  core: { colour: COLOURS.info, symbol: "circle" },
  satellite: { colour: COLOURS.lime, symbol: "rect" },
  vacuum: { colour: COLOURS.warn, symbol: "triangle" },
};
const OTHER = { colour: COLOURS.violet, symbol: "diamond" };

/** Each trade as a point: what its signal promised across, what it brought up; on the line both are equal. */
export function Scatter({ trades, onPick }: { trades: readonly TradeShape[]; onPick: (id: string) => void }) {
  const found = useMemo(() => points(trades), [trades]);
  const said = fit(found);
  const option = useMemo(() => {
    const [low, high] = range(found);
    const types = [...new Set(found.map((one) => one.type))].sort();
    const axis = {
      type: "value",
      min: low,
      max: high,
      axisLabel: { formatter: (value: number) => number(value, 0, true) },
    };
    return {
      grid: { left: 48, right: 16, top: 28, bottom: 40 },
      legend: { top: 0, right: 8, data: types },
      tooltip: {
        formatter: (event: { data: { value: [number, number]; name: string } }) =>
          `<b>${event.data.name}</b><br>promised ${bps(event.data.value[0])} bps<br>realised ${bps(event.data.value[1])} bps`,
      },
      xAxis: { ...axis, name: "promised, bps", nameLocation: "middle", nameGap: 26 },
      yAxis: {
        ...axis,
        name: "realised, bps",
        nameGap: 10,
        nameTextStyle: { align: "left", color: COLOURS.dim },
      },
      series: types.map((type, n) => {
        const look = LOOKS[type] ?? OTHER;
        return {
          name: type,
          type: "scatter",
          symbol: look.symbol,
          symbolSize: 9,
          itemStyle: { color: look.colour, opacity: 0.85 },
          emphasis: { scale: 1.4 },
          cursor: "pointer",
          data: found
            .filter((one) => one.type === type)
            .map((one) => ({ value: [one.predicted, one.realised], name: one.id })),
          markLine:
            n === 0
              ? {
                  silent: true,
                  symbol: "none",
                  lineStyle: { color: COLOURS.dim, type: "dashed" },
                  label: { show: false },
                  data: [[{ coord: [low, low] }, { coord: [high, high] }]],
                }
              : undefined,
        };
      }),
    };
  }, [found]);
  return (
    <figure className="flex flex-col gap-2">
      <Chart
        option={option}
        fresh
        height={300}
        onPick={(event) => onPick(event.name)}
        label={
          said
            ? `Realised against promised basis points of ${said.count} trades: on average ${bps(said.shortfall)} off what was promised`
            : "No trade yet"
        }
      />
      {said && (
        <figcaption className="flex flex-wrap gap-x-4 text-2xs text-dim">
          <span>
            on average{" "}
            <span className={said.shortfall < 0 ? "text-bad" : "text-good"}>{bps(said.shortfall)} bps</span>{" "}
            against what was promised
          </span>
          <span>{percent(said.kept, 0)} brought at least that</span>
          {said.correlation !== null && <span>correlation {number(said.correlation, 2, true)}</span>}
          <span>dashed: realised is what was promised</span>
        </figcaption>
      )}
    </figure>
  );
}
