import { memo, type PointerEvent, useCallback, useMemo, useRef, useState } from "react";
import { date, moment, money, stamp, time, zone } from "@/lib/format";
import type { ReplayTimeline } from "@/lib/types";
import { cx, useWidth } from "@/ui";
import { drawn, type Point, valueAt } from "./line";
import { KINDS, type Kind, kindOf, LANES } from "./marks";
import { type Cluster, clustered, fractionOf, type Mark, momentAt, type Span, ticksOf } from "./slider";

const LINE = 72;
const LANE = 14;
const NEAR = 7;

export interface TimelineProps {
  timeline: ReplayTimeline;
  span: Span;
  marks: readonly Mark[];
  at: number;
  onTo: (at: number, seq?: number) => void;
}

/** The slider: NAV, the moments of the run in lanes by kind, and where one stands. */
export function Timeline({ timeline, span, marks, at, onTo }: TimelineProps) {
  const [width, frame] = useWidth<HTMLDivElement>();
  const [hover, setHover] = useState<number>();
  const held = useRef(false);
  const points = useMemo<Point[]>(
    () => timeline.nav.map(([at_ms, nav]) => ({ at_ms, value: Number(nav) })),
    [timeline.nav],
  );
  const lanes = useMemo(() => lanesOf(marks, span, width), [marks, span, width]);
  const height = LINE + lanes.length * LANE + 4;

  const momentOf = useCallback(
    (event: PointerEvent<HTMLDivElement>) => {
      const box = event.currentTarget.getBoundingClientRect();
      return momentAt(span, (event.clientX - box.left) / Math.max(box.width, 1));
    },
    [span],
  );
  const markOf = (event: PointerEvent<HTMLDivElement>): Mark | undefined => {
    const box = event.currentTarget.getBoundingClientRect();
    const lane = lanes[Math.floor((event.clientY - box.top - LINE - 2) / LANE)];
    return lane && nearest(lane.clusters, event.clientX - box.left, width)?.marks[0];
  };
  const down = (event: PointerEvent<HTMLDivElement>) => {
    if (event.button !== 0) return;
    const mark = markOf(event);
    if (mark) {
      onTo(mark.at_ms, mark.seq);
      return;
    }
    held.current = true;
    event.currentTarget.setPointerCapture(event.pointerId);
    onTo(momentOf(event));
  };
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const where = momentOf(event);
    if (held.current) onTo(where);
    setHover(where);
  };

  return (
    <div className="flex min-w-0 flex-col gap-1">
      <div
        ref={frame}
        role="slider"
        tabIndex={0}
        aria-label="Moment of the run"
        aria-valuemin={span.from}
        aria-valuemax={span.to}
        aria-valuenow={Math.round(at)}
        aria-valuetext={`${stamp(at, true)} ${zone()}`}
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={() => {
          held.current = false;
        }}
        onPointerLeave={() => setHover(undefined)}
        className="relative cursor-ew-resize touch-none select-none rounded-md bg-ground outline-offset-2"
        style={{ height }}
      >
        <Nav points={points} span={span} width={width} />
        <Lanes lanes={lanes} width={width} />
        {hover !== undefined && (
          <Hover at={hover} lanes={lanes} points={points} span={span} width={width} unit={timeline.quote} />
        )}
        <div
          aria-hidden
          className="pointer-events-none absolute inset-y-0 w-px bg-lime"
          style={{ left: `${fractionOf(span, at) * 100}%` }}
        >
          <span className="absolute -top-1 -left-[5px] size-[11px] rounded-full border-2 border-ground bg-lime" />
        </div>
      </div>
      <Axis span={span} width={width} />
    </div>
  );
}

const Nav = memo(function Nav({
  points,
  span,
  width,
}: {
  points: readonly Point[];
  span: Span;
  width: number;
}) {
  const line = useMemo(() => drawn(points, span, width, LINE - 14), [points, span, width]);
  return (
    <>
      <svg aria-hidden width={width} height={LINE} className="pointer-events-none absolute inset-x-0 top-0">
        {line && (
          <g transform="translate(0 8)">
            <path d={line.area} className="fill-lime/10" />
            <path d={line.line} className="fill-none stroke-lime" strokeWidth={1.25} />
          </g>
        )}
      </svg>
      {line && (
        <>
          <span className="pointer-events-none absolute left-1 top-0.5 rounded-sm bg-ground/75 px-0.5 text-2xs text-dim">
            {money(line.high.toFixed(2), { digits: 0 })}
          </span>
          <span
            className="pointer-events-none absolute left-1 rounded-sm bg-ground/75 px-0.5 text-2xs text-dim"
            style={{ top: LINE - 17 }}
          >
            {money(line.low.toFixed(2), { digits: 0 })}
          </span>
        </>
      )}
    </>
  );
});

interface Lane {
  kind: Kind;
  clusters: Cluster[];
}

function lanesOf(marks: readonly Mark[], span: Span, width: number): Lane[] {
  return LANES.map((kind) => ({
    kind,
    clusters: clustered(
      marks.filter((one) => kindOf(one.kind) === kind),
      span,
      width,
      NEAR,
    ),
  })).filter((lane) => lane.clusters.length > 0);
}

function nearest(clusters: readonly Cluster[], x: number, width: number): Cluster | undefined {
  let best: Cluster | undefined;
  for (const one of clusters)
    if (
      Math.abs(one.at * width - x) <= NEAR &&
      (!best || Math.abs(one.at * width - x) < Math.abs(best.at * width - x))
    )
      best = one;
  return best;
}

const Lanes = memo(function Lanes({ lanes, width }: { lanes: readonly Lane[]; width: number }) {
  return (
    <svg
      aria-hidden
      width={width}
      height={lanes.length * LANE}
      className="pointer-events-none absolute inset-x-0"
      style={{ top: LINE }}
    >
      {lanes.map((lane, n) => (
        <g
          key={lane.kind}
          transform={`translate(0 ${n * LANE + LANE / 2})`}
          className={KINDS[lane.kind].fill}
        >
          <line x1={0} x2={width} className="stroke-line" />
          {lane.clusters.map((one) => (
            <path
              key={one.at}
              transform={`translate(${Math.round(one.at * width * 10) / 10} 0)`}
              d={KINDS[lane.kind].shape}
              opacity={one.marks.length > 1 ? 1 : 0.85}
            />
          ))}
        </g>
      ))}
    </svg>
  );
});

interface HoverProps {
  at: number;
  lanes: readonly Lane[];
  points: readonly Point[];
  span: Span;
  width: number;
  unit: string;
}

function Hover({ at, lanes, points, span, width, unit }: HoverProps) {
  const place = fractionOf(span, at);
  const near = lanes.flatMap((lane) => nearest(lane.clusters, place * width, width)?.marks ?? []);
  const value = valueAt(points, at);
  return (
    <>
      <div
        aria-hidden
        className="pointer-events-none absolute inset-y-0 w-px bg-edge"
        style={{ left: `${place * 100}%` }}
      />
      <div
        aria-hidden
        className={cx(
          "pointer-events-none absolute top-2 z-10 w-64 max-w-[60%] rounded-md border border-edge bg-raised px-2.5 py-1.5 text-2xs shadow-xl",
          place > 0.5 ? "-translate-x-full -ml-2" : "ml-2",
        )}
        style={{ left: `${place * 100}%` }}
      >
        <p className="flex justify-between gap-3 tabular-nums">
          <span className="text-text">{time(at, span.to - span.from < 600_000)}</span>
          {value !== undefined && <span className="text-soft">{money(value.toFixed(2), { unit })}</span>}
        </p>
        {near.slice(0, 5).map((mark) => (
          <p key={mark.seq} className="mt-0.5 truncate text-soft">
            <span className={KINDS[kindOf(mark.kind)].text}>{KINDS[kindOf(mark.kind)].name}</span> {mark.text}
          </p>
        ))}
        {near.length > 5 && <p className="mt-0.5 text-dim">and {near.length - 5} more</p>}
      </div>
    </>
  );
}

function Axis({ span, width }: { span: Span; width: number }) {
  const long = span.to - span.from > 2 * 86_400_000;
  return (
    <div aria-hidden className="relative h-4 overflow-hidden text-2xs text-dim tabular-nums">
      {ticksOf(span, width).map((tick) => (
        <span
          key={tick.at_ms}
          className={cx(
            "absolute whitespace-nowrap",
            tick.at < 0.04 ? "" : tick.at > 0.96 ? "-translate-x-full" : "-translate-x-1/2",
          )}
          style={{ left: `${tick.at * 100}%` }}
        >
          {long ? date(tick.at_ms).slice(5) : moment(tick.at_ms, span.to).slice(0, -3)}
        </span>
      ))}
    </div>
  );
}
