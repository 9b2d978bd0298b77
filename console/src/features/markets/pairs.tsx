import { Lock } from "lucide-react";
import * as format from "@/lib/format";
import { useHeard } from "@/lib/live";
import { setParams } from "@/lib/router";
import { useRows } from "@/lib/rows";
import type { PairRow } from "@/lib/types";
import { Badge, Card, COLOURS, type Column, cx, DataTable, Empty, Figure, Skeleton, Sparkline } from "@/ui";
import { Countdown } from "./countdown";
import { ACTIONS, isStretched } from "./words";

function Z({ row }: { row: PairRow }) {
  const far = isStretched(row.z, row.entry_z);
  return (
    <span className={cx("inline-flex items-center gap-1", far && (row.z > 0 ? "text-warn" : "text-info"))}>
      <span aria-hidden className={cx("text-[0.6rem]", !far && "invisible")}>
        {row.z > 0 ? "▲" : "▼"}
      </span>
      <Figure value={row.z} sign tone={far ? (row.z > 0 ? "warn" : "info") : "plain"} />
    </span>
  );
}

const COLUMNS: readonly Column<PairRow>[] = [
  {
    id: "pair",
    head: "Pair",
    width: 92,
    primary: true,
    value: (row) => row.pair,
    cell: (row) => (
      <span className="inline-flex items-center gap-1.5 font-medium">
        {row.pair}
        {row.blocked && <Lock role="img" aria-label="blocked" className="size-3 text-bad" />}
      </span>
    ),
  },
  {
    id: "spot",
    head: "Spot",
    align: "right",
    width: 100,
    from: 620,
    value: (row) => row.spot_mid,
    cell: (row) => format.price(row.spot_mid),
  },
  {
    id: "perp",
    head: "Perp",
    align: "right",
    width: 100,
    from: 620,
    value: (row) => row.perp_mid,
    cell: (row) => format.price(row.perp_mid),
  },
  {
    id: "trail",
    head: "Basis, lately",
    width: 124,
    from: 900,
    card: false,
    cell: (row) => (
      <Sparkline
        points={row.trail}
        level={row.mean}
        colour={isStretched(row.z, row.entry_z) ? COLOURS.warn : COLOURS.lime}
      />
    ),
  },
  {
    id: "basis",
    head: "Basis",
    title: "Perp over spot, bps",
    align: "right",
    width: 84,
    value: (row) => row.basis,
    cell: (row) => <Figure value={row.basis} digits={1} sign />,
  },
  {
    id: "mean",
    head: "Mean",
    title: "Of the basis, bps",
    align: "right",
    width: 84,
    from: 760,
    value: (row) => row.mean,
    cell: (row) => <Figure value={row.mean} digits={1} sign />,
  },
  {
    id: "z",
    head: "z-score",
    title: "Standard deviations from the mean",
    align: "right",
    width: 90,
    value: (row) => Math.abs(row.z),
    cell: (row) => <Z row={row} />,
  },
  {
    id: "edge",
    head: "Edge",
    title: "What a round trip would bring after costs, bps",
    align: "right",
    width: 76,
    value: (row) => row.edge,
    cell: (row) => <Figure value={row.edge} digits={1} tone="auto" />,
  },
  {
    id: "cost",
    head: "Cost",
    title: "Of a round trip, bps",
    align: "right",
    width: 70,
    from: 820,
    value: (row) => row.cost,
    cell: (row) => <Figure value={row.cost} digits={1} />,
  },
  {
    id: "funding",
    head: "Funding",
    title: "Forecast, a year",
    align: "right",
    width: 108,
    value: (row) => row.forecast_apr,
    cell: (row) => (
      <Figure value={row.forecast_apr === null ? null : row.forecast_apr * 100} digits={1} sign unit="%" />
    ),
  },
  {
    id: "settles",
    head: "Paid in",
    align: "right",
    width: 88,
    from: 700,
    value: (row) => row.settles_ms,
    cell: (row) => <Countdown to={row.settles_ms} />,
  },
  {
    id: "action",
    head: "Doing",
    width: 150,
    grow: 1.6,
    value: (row) => `${row.action} ${row.detail}`,
    cell: (row) => (
      <span className="inline-flex max-w-full items-center gap-2">
        <Badge tone={ACTIONS[row.action] ?? "soft"}>{row.action}</Badge>
        <span className="truncate text-xs text-dim" title={row.detail}>
          {row.action === "warming" ? `${row.samples} of ${row.warmup}` : row.detail}
        </span>
      </span>
    ),
  },
];

export function PairsCard({ pair }: { pair: string }) {
  const rows = useRows("markets", "pairs");
  const heard = useHeard("markets");
  return (
    <Card title="Pairs" age="markets" flush className="min-h-28">
      {heard ? (
        <DataTable
          rows={rows}
          columns={COLUMNS}
          rowKey={(row) => row.pair}
          label="Pairs"
          height="300px"
          selected={pair}
          filter={rows.length > 12 ? true : undefined}
          onOpen={(row) => setParams({ pair: row.pair, instrument: null })}
          empty={<Empty title="No pair is watched">The run has not said which pairs it trades.</Empty>}
        />
      ) : (
        <Skeleton lines={3} />
      )}
    </Card>
  );
}
