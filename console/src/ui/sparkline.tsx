import { memo } from "react";
import { COLOURS } from "./palette";

export interface SparklineProps {
  points: readonly number[];
  /** A level drawn across, as the mean. */
  level?: number;
  width?: number;
  height?: number;
  colour?: string;
  label?: string;
}

/** The course of something in a table's cell. */
export const Sparkline = memo(function Sparkline({
  points,
  level,
  width = 96,
  height = 22,
  colour = COLOURS.lime,
  label,
}: SparklineProps) {
  const all = level === undefined ? points : [...points, level];
  const least = Math.min(...all);
  const most = Math.max(...all);
  const span = most - least || 1;
  const y = (value: number) => 1.5 + (1 - (value - least) / span) * (height - 3);
  const x = (index: number) =>
    points.length > 1 ? (index / (points.length - 1)) * (width - 4) + 1 : width / 2;
  const last = points.at(-1);
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role={label ? "img" : undefined}
      aria-label={label}
      aria-hidden={label ? undefined : true}
      className="inline-block align-middle"
    >
      {level !== undefined && points.length > 0 && (
        <line x1={0} x2={width} y1={y(level)} y2={y(level)} stroke={COLOURS.edge} strokeDasharray="2 2" />
      )}
      {points.length > 1 && (
        <polyline
          points={points.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(" ")}
          fill="none"
          stroke={colour}
          strokeWidth={1.25}
          strokeLinejoin="round"
        />
      )}
      {last !== undefined && <circle cx={x(points.length - 1)} cy={y(last)} r={1.75} fill={colour} />}
    </svg>
  );
});
