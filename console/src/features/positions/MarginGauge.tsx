import { money, percent } from "@/lib/format";
import type { MarginRow } from "@/lib/types";
import { cx, TEXT } from "@/ui";
import { trigger } from "./margin";

const TONES = { good: "text-soft", warn: TEXT.warn, bad: TEXT.bad, plain: TEXT.dim };
const FILLS = { good: "bg-good", warn: "bg-warn", bad: "bg-bad", plain: "bg-edge" };

/** How much of a wallet's margin is used, between the shares at which money moves or pairs are reduced. */
export function MarginGauge({ row }: { row: MarginRow }) {
  const next = trigger(row);
  const most = Math.max(1, row.ceiling * 1.3, (row.used ?? 0) * 1.05);
  const place = (share: number) => `${Math.min(100, (100 * share) / most)}%`;
  return (
    <article className="flex flex-col gap-1.5">
      <header className="flex items-baseline justify-between gap-3">
        <h3 className="text-sm font-medium">{row.wallet}</h3>
        <span
          className={cx(
            "text-base font-medium",
            next.tone === "good" || next.tone === "plain" ? "text-text" : TONES[next.tone],
          )}
        >
          {row.used === null ? "not known" : percent(row.used, 1)}
        </span>
      </header>
      <div
        role="img"
        aria-label={
          row.used === null ? "margin used: not known" : `margin used: ${percent(row.used, 1)}; ${next.text}`
        }
        className="relative h-2.5 rounded-sm bg-ground"
      >
        <div
          className={cx("absolute inset-y-0 left-0 rounded-sm", FILLS[next.tone])}
          style={{ width: place(row.used ?? 0) }}
        />
        <Mark at={place(row.floor)} colour="bg-info" />
        <Mark at={place(row.top_up)} colour="bg-warn" />
        <Mark at={place(row.ceiling)} colour="bg-bad" />
      </div>
      <p className={cx("text-xs", TONES[next.tone])}>{next.text}</p>
      <p className="text-2xs text-dim">
        equity {money(row.equity)}, positions {money(row.notional)}
      </p>
    </article>
  );
}

function Mark({ at, colour }: { at: string; colour: string }) {
  return (
    <span
      aria-hidden
      className={cx("absolute inset-y-[-3px] w-0.5 -translate-x-1/2", colour)}
      style={{ left: at }}
    />
  );
}

/** What the marks of a gauge are; they are the same for all wallets. */
export function MarginLegend({ row }: { row: MarginRow }) {
  const marks = [
    ["profit leaves below", row.floor, "bg-info"],
    ["top-up", row.top_up, "bg-warn"],
    ["reduce", row.ceiling, "bg-bad"],
  ] as const;
  return (
    <p className="flex flex-wrap gap-x-3 text-2xs text-dim">
      {marks.map(([name, share, colour]) => (
        <span key={name} className="inline-flex items-center gap-1">
          <span aria-hidden className={cx("h-3 w-0.5", colour)} />
          {name} {percent(share, 0)}
        </span>
      ))}
    </p>
  );
}
