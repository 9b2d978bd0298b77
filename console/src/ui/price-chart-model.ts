import {
  AreaSeries,
  CrosshairMode,
  createChart,
  createSeriesMarkers,
  HistogramSeries,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  LineSeries,
  LineStyle,
  type SeriesMarker,
  type Time,
} from "lightweight-charts";
import { number, onClock } from "@/lib/format";
import { COLOURS, FONT } from "./palette";

export interface Line {
  id: string;
  /** (when in ms, value), oldest first; a later point of the same second replaces the earlier. */
  points: readonly (readonly [number, number])[];
  colour?: string;
  kind?: "line" | "area" | "dashed" | "histogram" | "step";
  width?: 1 | 2 | 3;
  /** 0 is the upper pane. */
  pane?: number;
  /** Places after the point on the scale. */
  digits?: number;
  /** Name on the scale's label. */
  title?: string;
}

export interface Mark {
  id: string;
  at_ms: number;
  kind: "up" | "down" | "dot" | "square";
  colour: string;
  text?: string;
  above?: boolean;
}

export interface Guide {
  pane?: number;
  value: number;
  colour?: string;
  title?: string;
}

export interface PriceChartModel {
  lines: readonly Line[];
  marks?: readonly Mark[];
  /** Level lines across a pane. */
  guides?: readonly Guide[];
  onMark?: (id: string) => void;
}

export interface PriceChartHandle {
  show(model: PriceChartModel): void;
  remove(): void;
}

type Point = { time: Time; value?: number };
type Drawn = { series: ISeriesApi<"Line" | "Area" | "Histogram">; points: Line["points"]; key: string };

const SHAPES = { up: "arrowUp", down: "arrowDown", dot: "circle", square: "square" } as const;

export function mount(element: HTMLElement, onMark: (id: string) => void): PriceChartHandle {
  const chart = createChart(element, {
    autoSize: true,
    layout: {
      background: { color: "transparent" },
      textColor: COLOURS.dim,
      fontFamily: FONT,
      fontSize: 11,
      attributionLogo: false,
      panes: { separatorColor: COLOURS.line, separatorHoverColor: COLOURS.edge },
    },
    grid: { vertLines: { color: COLOURS.line }, horzLines: { color: COLOURS.line } },
    rightPriceScale: { borderColor: COLOURS.line },
    timeScale: { borderColor: COLOURS.line, timeVisible: true, secondsVisible: true, rightOffset: 2 },
    crosshair: {
      mode: CrosshairMode.Normal,
      vertLine: { color: COLOURS.edge, labelBackgroundColor: COLOURS.edge },
      horzLine: { color: COLOURS.edge, labelBackgroundColor: COLOURS.edge },
    },
  });
  const drawn = new Map<string, Drawn>();
  let markers: ISeriesMarkersPluginApi<Time> | undefined;
  let guided: { series: Drawn["series"]; line: IPriceLine }[] = [];
  let fitted = false;
  chart.subscribeClick((event) => {
    if (typeof event.hoveredObjectId === "string") onMark(event.hoveredObjectId);
  });

  function show({ lines, marks = [], guides = [] }: PriceChartModel): void {
    for (const [id, { series }] of drawn) {
      if (lines.some((line) => line.id === id)) continue;
      chart.removeSeries(series);
      drawn.delete(id);
      if (drawn.size === 0) markers = undefined;
    }
    for (const line of lines) draw(chart, drawn, line);
    const first = lines[0] && drawn.get(lines[0].id)?.series;
    if (first) {
      markers ??= createSeriesMarkers(first as ISeriesApi<"Line">, []);
      markers.setMarkers(marks.map(marker));
    }
    for (const { series, line } of guided) series.removePriceLine(line);
    guided = guides.flatMap((guide) => {
      const over = lines.find((line) => (line.pane ?? 0) === (guide.pane ?? 0));
      const series = over && drawn.get(over.id)?.series;
      if (!series) return [];
      const line = series.createPriceLine({
        price: guide.value,
        color: guide.colour ?? COLOURS.edge,
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: Boolean(guide.title),
        title: guide.title ?? "",
      });
      return [{ series, line }];
    });
    if (!fitted && lines.some((line) => line.points.length > 1)) {
      fitted = true;
      chart.timeScale().fitContent();
    }
  }

  return { show, remove: () => chart.remove() };
}

function draw(chart: IChartApi, drawn: Map<string, Drawn>, line: Line): void {
  const key = [line.kind, line.colour, line.pane, line.width, line.digits, line.title].join();
  let known = drawn.get(line.id);
  if (known && known.key !== key) {
    chart.removeSeries(known.series);
    known = undefined;
  }
  if (!known) {
    known = { series: added(chart, line), points: [], key };
    drawn.set(line.id, known);
  }
  const before = known.points;
  if (line.points === before) return;
  known.points = line.points;
  const last = before.at(-1);
  const grown = line.points.length - before.length;
  // Points were only added at the end: give those, and leave the rest as it is drawn.
  if (last && grown >= 0 && grown <= 50 && line.points[0]?.[0] === before[0]?.[0]) {
    const from = line.points.findLastIndex((point) => point[0] <= last[0]);
    for (const [at, value] of line.points.slice(Math.max(0, from))) {
      known.series.update(Number.isFinite(value) ? { time: second(at), value } : { time: second(at) });
    }
    return;
  }
  known.series.setData(distinct(line.points));
}

function added(chart: IChartApi, line: Line): Drawn["series"] {
  const colour = line.colour ?? COLOURS.lime;
  const digits = line.digits ?? 2;
  const base = {
    title: line.title ?? "",
    lastValueVisible: true,
    priceLineVisible: false,
    priceFormat: {
      type: "custom" as const,
      minMove: 10 ** -digits,
      formatter: (value: number) => number(value, digits),
    },
  };
  const pane = line.pane ?? 0;
  if (line.kind === "area") {
    return chart.addSeries(
      AreaSeries,
      {
        ...base,
        lineColor: colour,
        topColor: `${colour}30`,
        bottomColor: `${colour}00`,
        lineWidth: line.width ?? 2,
      },
      pane,
    ) as Drawn["series"];
  }
  if (line.kind === "histogram") {
    return chart.addSeries(HistogramSeries, { ...base, color: colour }, pane) as Drawn["series"];
  }
  return chart.addSeries(
    LineSeries,
    {
      ...base,
      color: colour,
      lineWidth: line.width ?? 1,
      lineStyle: line.kind === "dashed" ? LineStyle.Dashed : LineStyle.Solid,
      lineType: line.kind === "step" ? 1 : 0,
      crosshairMarkerRadius: 3,
    },
    pane,
  ) as Drawn["series"];
}

function second(at_ms: number): Time {
  return Math.floor(onClock(at_ms) / 1000) as Time;
}

/** One point a second, the last of each, in order, as the chart wants it. */
function distinct(points: Line["points"]): Point[] {
  const result: Point[] = [];
  for (const [at, value] of points) {
    const time = second(at);
    if (!Number.isFinite(value)) {
      // A hole: a time without a value.
      if (result.length > 0) result.push({ time });
      continue;
    }
    const last = result.at(-1);
    if (last && Number(time) < Number(last.time)) continue;
    if (last && last.time === time) last.value = value;
    else result.push({ time, value });
  }
  return result;
}

function marker(mark: Mark): SeriesMarker<Time> {
  return {
    id: mark.id,
    time: second(mark.at_ms),
    position: mark.above ? "aboveBar" : "belowBar",
    shape: SHAPES[mark.kind],
    color: mark.colour,
    text: mark.text ?? "",
  };
}
