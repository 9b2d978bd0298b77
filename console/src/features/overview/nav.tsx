import { useEffect, useMemo, useRef, useState } from "react";
import { useApi } from "@/lib/api";
import * as format from "@/lib/format";
import { useRow } from "@/lib/live";
import { evenly, joined, type Point, since } from "@/lib/series";
import type { PnlShape } from "@/lib/types";
import { Card, Choice, COLOURS, Empty, ErrorState, type Line, PriceChart, Skeleton } from "@/ui";

const SPANS = {
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
  all: Number.POSITIVE_INFINITY,
} as const;
type Span = keyof typeof SPANS;
const HEIGHT = 264;
/** Points that came by the stream since the last document, at most. */
const KEPT = 900;

/** NAV along the time: its history from the gateway, and what the run says since. */
export function NavCard() {
  const [span, setSpan] = useState<Span>("24h");
  const pnl = useApi<PnlShape>("/v1/pnl", { every: 60_000 });
  const run = useRow("status", "run", "run");
  const told = useRef<Point[]>([]);
  const [count, setCount] = useState(0);
  const at = run?.at_ms ?? 0;
  const nav = run?.nav ?? null;
  useEffect(() => {
    if (!at || nav === null || (told.current.at(-1)?.[0] ?? 0) >= at) return;
    told.current = [...told.current.slice(-KEPT), [at, format.toNumber(nav)]];
    setCount((before) => before + 1);
  }, [at, nav]);

  const history = useMemo(
    () => (pnl.data?.history ?? []).map(([when, value]): Point => [when, format.toNumber(value)]),
    [pnl.data],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: `count` is how `told` says that it grew
  const points = useMemo(() => {
    const all = joined(history, told.current);
    const from = (all.at(-1)?.[0] ?? 0) - SPANS[span];
    return evenly(since(all, from), { most: 900 });
  }, [history, span, count]);
  const lines = useMemo<Line[]>(
    () => [{ id: "nav", points, kind: "area", colour: COLOURS.lime, digits: 2 }],
    [points],
  );
  const start = format.toNumber(run?.start_nav);
  const guides = useMemo(
    () => (Number.isFinite(start) ? [{ value: start, colour: COLOURS.dim, title: "start" }] : []),
    [start],
  );

  return (
    <Card
      title="Net asset value"
      age="status"
      flush
      actions={
        <Choice
          label="Span"
          value={span}
          onChange={setSpan}
          options={Object.keys(SPANS).map((value) => ({ value: value as Span, label: value }))}
        />
      }
    >
      {pnl.isPending && points.length < 2 ? (
        <Skeleton height={HEIGHT} />
      ) : points.length < 2 ? (
        <div style={{ height: HEIGHT }} className="flex items-center justify-center">
          {pnl.error ? (
            <ErrorState error={pnl.error} onRetry={() => void pnl.refetch()} />
          ) : (
            <Empty title="No course yet">The first points come within a minute.</Empty>
          )}
        </div>
      ) : (
        <PriceChart
          lines={lines}
          guides={guides}
          height={HEIGHT}
          label={`Net asset value over ${span}: now ${format.money(nav)}`}
        />
      )}
    </Card>
  );
}
