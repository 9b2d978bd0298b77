import * as format from "@/lib/format";
import { AgeDot, cx, Figure, TEXT } from "@/ui";

/** How far NAV is below its highest, on the ladder of losses at which the guard answers. */
export function DrawdownLadder({
  drawdown,
  ladder,
  rung,
}: {
  drawdown: number | null;
  ladder: readonly [number, number, number];
  rung: string;
}) {
  const end = (ladder[2] || 0.06) * 1.15;
  const at = Math.min(1, (drawdown ?? 0) / end);
  const over = ladder.filter((step) => drawdown !== null && drawdown >= step).length;
  const tone = over >= 2 ? "bad" : over === 1 ? "warn" : "plain";
  const words = ["scale down", "reduce only", "close all"];
  return (
    <>
      <div className="flex justify-between text-2xs text-dim">
        <span>Drawdown, day</span>
        <AgeDot of="status" quiet />
      </div>
      <div className="text-lg font-medium leading-6">
        <Figure value={drawdown === null ? null : drawdown * 100} unit="%" tone={tone} />
        {rung && <span className={cx("ml-2 text-xs", TEXT[tone])}>{rung}</span>}
      </div>
      <svg
        viewBox="0 0 200 14"
        preserveAspectRatio="none"
        className="mt-1 h-3 w-full"
        role="img"
        aria-label={`Drawdown ${format.percent(drawdown)} of steps at ${ladder.map((step) => format.percent(step, 0)).join(", ")}`}
      >
        <rect x="0" y="4" width="200" height="6" rx="3" fill="var(--color-raised)" />
        <rect
          x="0"
          y="4"
          width={200 * at}
          height="6"
          rx="3"
          fill={`var(--color-${tone === "plain" ? "lime" : tone})`}
        />
        {ladder.map((step, index) => (
          <rect
            key={step}
            x={(200 * step) / end - 0.75}
            y="0"
            width="1.5"
            height="14"
            fill={index === 2 ? "var(--color-bad)" : "var(--color-warn)"}
          />
        ))}
      </svg>
      <div className="relative h-4 text-2xs text-dim" aria-hidden>
        {ladder.map((step, index) => (
          <span
            key={step}
            title={words[index]}
            className="absolute -translate-x-1/2 tabular-nums"
            style={{ left: `${(100 * step) / end}%` }}
          >
            {format.percent(step, 0)}
          </span>
        ))}
      </div>
    </>
  );
}

interface DeltaProps {
  share: number | null;
  delta: string | null;
  warn: number;
  act: number;
  quote: string;
}

/** How far the desk leans: delta as a share of NAV, between the shares at which it is warned and hedged. */
export function DeltaGauge({ share, delta, warn, act, quote }: DeltaProps) {
  const end = (act || 0.05) * 1.2;
  const x = (value: number) => 100 + 100 * Math.max(-1, Math.min(1, value / end));
  const size = Math.abs(share ?? 0);
  const tone = size >= act ? "bad" : size >= warn ? "warn" : "plain";
  return (
    <>
      <div className="flex justify-between text-2xs text-dim">
        <span>Delta of NAV</span>
        <AgeDot of="status" quiet />
      </div>
      <div className="flex items-baseline gap-2 text-lg font-medium leading-6">
        <Figure value={share === null ? null : share * 100} unit="%" sign tone={tone} />
        <span className="truncate text-xs text-dim">
          {format.money(delta, { digits: 0, sign: true })} {quote}
        </span>
      </div>
      <svg
        viewBox="0 0 200 14"
        preserveAspectRatio="none"
        className="mt-1 h-3 w-full"
        role="img"
        aria-label={`Delta ${format.percent(share, 2, true)}; warned at ${format.percent(warn, 0)}, hedged at ${format.percent(act, 0)}`}
      >
        <rect x="0" y="4" width="200" height="6" rx="3" fill="var(--color-raised)" />
        <rect x={x(-warn)} y="4" width={x(warn) - x(-warn)} height="6" fill="var(--color-press)" />
        {[-act, -warn, warn, act].map((mark) => (
          <rect
            key={mark}
            x={x(mark) - 0.75}
            y="1"
            width="1.5"
            height="12"
            fill={Math.abs(mark) === act ? "var(--color-bad)" : "var(--color-warn)"}
          />
        ))}
        <rect x="99.6" y="1" width="0.8" height="12" fill="var(--color-edge)" />
        {share !== null && (
          <rect
            x={x(share) - 2}
            y="0"
            width="4"
            height="14"
            rx="2"
            fill={`var(--color-${tone === "plain" ? "lime" : tone})`}
          />
        )}
      </svg>
      <div className="relative h-4 text-2xs tabular-nums text-dim" aria-hidden>
        {[-act, -warn, warn, act].map((mark) => (
          <span key={mark} className="absolute -translate-x-1/2" style={{ left: `${x(mark) / 2}%` }}>
            {format.percent(mark, 0, true)}
          </span>
        ))}
      </div>
    </>
  );
}
