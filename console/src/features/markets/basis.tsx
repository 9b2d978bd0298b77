import { useEffect, useMemo, useRef, useState } from "react";
import { useApi } from "@/lib/api";
import { useRow } from "@/lib/live";
import { openTrace } from "@/lib/router";
import { evenly, joined, type Point, since } from "@/lib/series";
import type { BasisMark, BasisPoint, BasisSeries } from "@/lib/types";
import { Card, Choice, COLOURS, Empty, ErrorState, type Line, type Mark, PriceChart, Skeleton } from "@/ui";

const KEPT = 5_000;
const SPANS = { "15m": 900_000, "1h": 3_600_000, "6h": 21_600_000, all: Number.POSITIVE_INFINITY } as const;
type Span = keyof typeof SPANS;
const HOLE_MS = 600_000;

/** The basis with its mean, below it the z-score with the levels of entry and exit; marks open their story. */
export function BasisCard({ pair }: { pair: string }) {
  const [span, setSpan] = useState<Span>("1h");
  const series = useApi<BasisSeries>(`/v1/markets/${encodeURIComponent(pair)}/basis`, {
    every: 30_000,
    when: pair !== "",
  });
  const row = useRow("markets", "pairs", pair);
  const points = usePoints(pair, series.data?.points);
  const entry = row?.entry_z ?? 0;
  const exit = row?.exit_z ?? 0;

  const lines = useMemo<Line[]>(() => {
    const from = (points.at(-1)?.[0] ?? 0) - SPANS[span];
    const course = (of: 1 | 2 | 3) =>
      evenly(
        since(
          points.map((point): Point => [point[0], point[of] ?? Number.NaN]),
          from,
        ),
        { most: 1500, hole: HOLE_MS },
      );
    return [
      { id: "basis", title: "basis", points: course(1), colour: COLOURS.lime, digits: 1, width: 2 },
      { id: "mean", title: "mean", points: course(2), colour: COLOURS.soft, kind: "dashed", digits: 1 },
      { id: "z", title: "z", points: course(3), colour: COLOURS.info, digits: 2, pane: 1 },
    ];
  }, [points, span]);
  const marks = useMemo(
    () =>
      (series.data?.marks ?? []).map(drawn).filter((mark) => mark.at_ms >= (lines[0]?.points[0]?.[0] ?? 0)),
    [series.data, lines],
  );
  const guides = useMemo(() => {
    const levels = [
      { pane: 1, value: entry, colour: COLOURS.warn, title: "in" },
      { pane: 1, value: -entry, colour: COLOURS.warn, title: "in" },
      { pane: 1, value: exit, colour: COLOURS.dim, title: "out" },
    ];
    return exit ? [...levels, { pane: 1, value: -exit, colour: COLOURS.dim, title: "out" }] : levels;
  }, [entry, exit]);

  return (
    <Card
      title={`Basis and z-score · ${pair || "–"}`}
      age="markets"
      flush
      className="h-full"
      actions={
        <Choice
          label="Span"
          value={span}
          onChange={setSpan}
          options={Object.keys(SPANS).map((value) => ({ value: value as Span, label: value }))}
        />
      }
    >
      {points.length > 1 ? (
        <PriceChart
          lines={lines}
          marks={marks}
          guides={guides}
          onMark={(id) => openTrace(id.slice(id.indexOf(" ") + 1))}
          height="100%"
          className="min-h-[420px]"
          label={`Basis of ${pair} in bps with its mean, and its z-score`}
        />
      ) : (
        <div className="flex h-full min-h-[420px] items-center justify-center">
          {series.error ? (
            <ErrorState error={series.error} onRetry={() => void series.refetch()} />
          ) : series.isPending ? (
            <Skeleton height="100%" />
          ) : (
            <Empty title="No samples yet">The basis is sampled once both legs have a price.</Empty>
          )}
        </div>
      )}
    </Card>
  );
}

/** The document's points, and behind them what the stream brought since. */
function usePoints(pair: string, told: readonly BasisPoint[] | undefined): readonly BasisPoint[] {
  const row = useRow("markets", "pairs", pair);
  const heard = useRef<{ pair: string; points: BasisPoint[] }>({ pair, points: [] });
  const [count, setCount] = useState(0);
  if (heard.current.pair !== pair) heard.current = { pair, points: [] };
  useEffect(() => {
    const { points } = heard.current;
    if (!row?.sampled_ms || (points.at(-1)?.[0] ?? 0) >= row.sampled_ms) return;
    heard.current.points = [...points.slice(-KEPT), [row.sampled_ms, row.basis, row.mean, row.z]];
    setCount((before) => before + 1);
  }, [row]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `count` is how what was heard says that it grew
  return useMemo(() => joined(told ?? [], heard.current.points), [told, count, pair]);
}

const LOOKS: Record<string, Pick<Mark, "kind" | "colour" | "above">> = {
  signal: { kind: "dot", colour: COLOURS.lime, above: true },
  entry: { kind: "up", colour: COLOURS.good },
  exit: { kind: "down", colour: COLOURS.info, above: true },
  abort: { kind: "square", colour: COLOURS.bad, above: true },
};

function drawn(mark: BasisMark, index: number): Mark {
  const looks = LOOKS[mark.kind] ?? { kind: "dot", colour: COLOURS.soft };
  return {
    ...looks,
    id: `${index} ${mark.trace}`,
    at_ms: mark.at_ms,
    text: mark.kind === "signal" ? "" : mark.kind,
  };
}
