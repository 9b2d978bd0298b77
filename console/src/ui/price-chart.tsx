import { useEffect, useRef, useState } from "react";
import { cx } from "./cx";
import type { PriceChartHandle, PriceChartModel } from "./price-chart-model";
import { Skeleton } from "./states";

export type { Line, Mark, PriceChartModel } from "./price-chart-model";

export interface PriceChartProps extends PriceChartModel {
  height?: number | string;
  label: string;
  className?: string;
}

/**
 * Lines over time (lightweight-charts), in panes that share the time axis; live points are added without a redraw.
 * `marks` are arrows and dots on the first line; a click on one calls `onMark` with its id.
 */
export function PriceChart({ height = 280, label, className, ...model }: PriceChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const handle = useRef<PriceChartHandle | null>(null);
  const latest = useRef(model);
  latest.current = model;
  const [ready, setReady] = useState(false);

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    let gone = false;
    import("./price-chart-model").then(({ mount }) => {
      if (gone) return;
      handle.current = mount(element, (id) => latest.current.onMark?.(id));
      handle.current.show(latest.current);
      setReady(true);
    });
    return () => {
      gone = true;
      handle.current?.remove();
      handle.current = null;
    };
  }, []);

  const { lines, marks, guides } = model;
  // biome-ignore lint/correctness/useExhaustiveDependencies: shown again only when what is drawn changed
  useEffect(() => handle.current?.show(latest.current), [lines, marks, guides]);

  return (
    <div className={cx("relative min-w-0", className)} style={{ height }}>
      {!ready && <Skeleton height="100%" className="absolute inset-0" />}
      <div ref={place} role="img" aria-label={label} className="absolute inset-0" />
    </div>
  );
}
