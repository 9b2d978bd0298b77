import type { EChartsCoreOption, EChartsType } from "echarts/core";
import { useEffect, useRef, useState } from "react";
import { currentPrefs } from "@/lib/prefs";
import { cx } from "./cx";
import { COLOURS, FONT, SERIES } from "./palette";
import { Skeleton } from "./states";

export interface ChartProps {
  /** An ECharts option; keep it in a useMemo. Axes, grid, tooltip and legend have the theme's looks unless told. */
  option: EChartsCoreOption;
  height?: number | string;
  /** What it shows, in words, for who does not see it. */
  label: string;
  /** A click on an item of a series. */
  onPick?: (event: { seriesName?: string; name: string; dataIndex: number; data: unknown }) => void;
  /** Replace all instead of merging: for charts whose series come and go. */
  fresh?: boolean;
  className?: string;
}

const AXIS = {
  axisLine: { lineStyle: { color: COLOURS.line } },
  axisTick: { show: false },
  axisLabel: { color: COLOURS.dim, fontSize: 11, fontFamily: FONT },
  nameTextStyle: { color: COLOURS.dim, fontSize: 11 },
  splitLine: { lineStyle: { color: COLOURS.line } },
};

const THEME = {
  color: [...SERIES],
  backgroundColor: "transparent",
  textStyle: { color: COLOURS.soft, fontFamily: FONT, fontSize: 11 },
  legend: {
    textStyle: { color: COLOURS.soft, fontSize: 11 },
    itemWidth: 12,
    itemHeight: 8,
    icon: "roundRect",
  },
  tooltip: {
    backgroundColor: COLOURS.raised,
    borderColor: COLOURS.edge,
    borderWidth: 1,
    padding: [6, 10],
    textStyle: { color: COLOURS.text, fontSize: 12, fontFamily: FONT },
    axisPointer: { lineStyle: { color: COLOURS.edge }, crossStyle: { color: COLOURS.edge } },
  },
  categoryAxis: AXIS,
  valueAxis: AXIS,
  timeAxis: AXIS,
  logAxis: AXIS,
  line: { symbol: "none", lineStyle: { width: 1.5 } },
};

/** ECharts, loaded when the first chart is shown. Its place is kept from the beginning. */
export function Chart({ option, height = 240, label, onPick, fresh = false, className }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  const [ready, setReady] = useState(false);
  const pick = useRef(onPick);
  pick.current = onPick;

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let gone = false;
    let observer: ResizeObserver | undefined;
    import("./echarts").then(({ init }) => {
      if (gone) return;
      const made = init(element, THEME);
      chart.current = made;
      made.on("click", (event) =>
        pick.current?.(event as unknown as Parameters<NonNullable<ChartProps["onPick"]>>[0]),
      );
      observer = new ResizeObserver(() => made.resize());
      observer.observe(element);
      setReady(true);
    });
    return () => {
      gone = true;
      observer?.disconnect();
      chart.current?.dispose();
      chart.current = null;
    };
  }, []);

  useEffect(() => {
    if (ready)
      chart.current?.setOption(
        { animation: false, useUTC: currentPrefs().zone === "utc", ...option },
        { notMerge: fresh, lazyUpdate: true },
      );
  }, [ready, option, fresh]);

  return (
    <div className={cx("relative min-w-0", className)} style={{ height }}>
      {!ready && <Skeleton height="100%" className="absolute inset-0" />}
      <div ref={place} role="img" aria-label={label} className="absolute inset-0" />
    </div>
  );
}
