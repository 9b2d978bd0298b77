import { BellOff, CircleAlert, Info, TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import * as format from "@/lib/format";
import { useHeard, useNow } from "@/lib/live";
import { href, openTrace } from "@/lib/router";
import { useRows } from "@/lib/rows";
import type { AlertRow } from "@/lib/types";
import { Card, cx, Empty, Skeleton } from "@/ui";

const LOOKS = {
  trouble: { icon: CircleAlert, tone: "text-bad", word: "Trouble" },
  warning: { icon: TriangleAlert, tone: "text-warn", word: "Warning" },
  note: { icon: Info, tone: "text-info", word: "Note" },
} as const;
const SHOWN = 60;

/** What is wrong now first, then what was, newest first. */
export function AlertsCard() {
  const rows = useRows("status", "alerts");
  const heard = useHeard("status");
  const now = useNow(60_000);
  const sorted = useMemo(
    () =>
      [...rows]
        .sort((a, b) => Number(a.seq !== 0) - Number(b.seq !== 0) || b.at_ms - a.at_ms || b.seq - a.seq)
        .slice(0, SHOWN),
    [rows],
  );
  return (
    <Card
      title="Alerts"
      age="status"
      flush
      className="min-h-64 flex-1"
      actions={
        <a
          href={href("journal")}
          className="text-2xs text-dim underline-offset-2 hover:text-text hover:underline"
        >
          Journal
        </a>
      }
    >
      {!heard ? (
        <Skeleton lines={6} />
      ) : sorted.length === 0 ? (
        <Empty icon={BellOff} title="No alert" />
      ) : (
        <div className="relative h-full min-h-64 lg:min-h-0">
          <ul
            className="inset-0 max-h-[340px] overflow-y-auto lg:absolute lg:max-h-none"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keyboard
            tabIndex={0}
            aria-label="Alerts"
          >
            {sorted.map((row) => (
              <Alert key={row.key} row={row} now={now} />
            ))}
          </ul>
        </div>
      )}
    </Card>
  );
}

function Alert({ row, now }: { row: AlertRow; now: number }) {
  const { icon: Icon, tone, word } = LOOKS[row.weight as keyof typeof LOOKS] ?? LOOKS.note;
  const inside = (
    <>
      <Icon
        role="img"
        aria-label={word}
        className={cx("mt-0.5 size-3.5 shrink-0", tone)}
        strokeWidth={1.75}
      />
      <span className="min-w-0 flex-1 break-words text-text">{row.text}</span>
      <span className="shrink-0 text-2xs tabular-nums leading-4.5 text-dim">
        {row.seq === 0 ? <strong className={tone}>now</strong> : format.moment(row.at_ms, now)}
      </span>
    </>
  );
  const looks = "flex w-full items-start gap-2.5 border-b border-line/60 px-3 py-2 text-left text-xs";
  return (
    <li>
      {row.trace ? (
        <button
          type="button"
          onClick={() => openTrace(row.trace)}
          className={cx(looks, "-outline-offset-2 hover:bg-raised/60")}
        >
          {inside}
        </button>
      ) : (
        <div className={looks}>{inside}</div>
      )}
    </li>
  );
}
