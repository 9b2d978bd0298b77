import { Unplug } from "lucide-react";
import { age, moment, NONE, number } from "@/lib/format";
import { useHeard, useNow } from "@/lib/live";
import { useRows } from "@/lib/rows";
import type { VenueRow } from "@/lib/types";
import { Badge, Card, cx, Empty, Skeleton } from "@/ui";

/** Whether venues answer, and whether what they say agrees with the books. */
export function VenuesCard() {
  const venues = useRows("status", "venues");
  const heard = useHeard("status");
  return (
    <Card title="Venues and reconciliation" age="status" flush>
      {!heard ? (
        <Skeleton height={124} />
      ) : venues.length === 0 ? (
        <Empty icon={Unplug} title="No venue">
          They are shown once a run has begun.
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {venues.map((row) => (
            <Line key={row.venue} row={row} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function Line({ row }: { row: VenueRow }) {
  const now = useNow(60_000);
  const well = row.live === row.connections && row.error === "";
  return (
    <li className="flex flex-col gap-1 px-3 py-2.5 text-xs">
      <div className="flex items-center gap-2">
        <span aria-hidden className={cx("size-1.5 rounded-full", well ? "bg-lime" : "bg-bad")} />
        <span className="text-sm font-medium">{row.venue}</span>
        <Books row={row} />
        <span className="ml-auto whitespace-nowrap text-dim tabular-nums">
          {row.reconciled_ms ? `asked ${moment(row.reconciled_ms, now)}` : ""}
        </span>
      </div>
      {row.error && <p className="break-words text-bad">{row.error}</p>}
      {row.reconciled !== "" && row.reconciled !== "agrees" && (
        <p className="break-words text-warn">{row.reconciled}</p>
      )}
      <p className="text-dim tabular-nums">
        <span className={well ? "" : "text-bad"}>{`${row.live} of ${row.connections} feeds bring data`}</span>
        {` · silent ${age(row.silent_ms)} · ${row.latency_ms === null ? NONE : number(row.latency_ms, 1)} ms late`}
        {row.reconnects > 0 && ` · ${row.reconnects} reconnects`}
      </p>
    </li>
  );
}

function Books({ row }: { row: VenueRow }) {
  if (row.reconciled === "") return <Badge tone="dim">not asked yet</Badge>;
  return row.reconciled === "agrees" ? (
    <Badge tone="good">agrees with the books</Badge>
  ) : (
    <Badge tone="warn">differs from the books</Badge>
  );
}
