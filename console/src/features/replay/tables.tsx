import { bps, money, number, percent, price, signOf, size, time } from "@/lib/format";
import type {
  EntryShape,
  HoldingRow,
  OpportunityRow,
  OrderRow,
  PairRow,
  ReplayMoment,
  RouteRow,
} from "@/lib/types";
import { Badge, Card, type Column, cx, DataTable, Empty, Figure, Skeleton } from "@/ui";
import { rowsOf } from "./moment";
import { Pending } from "./pending";

const PAIRS: Column<PairRow>[] = [
  { id: "pair", head: "Pair", cell: (row) => row.pair, value: (row) => row.pair, width: 64, primary: true },
  {
    id: "spot",
    head: "Spot",
    cell: (row) => price(row.spot_mid),
    value: (row) => row.spot_mid,
    align: "right",
    width: 88,
    from: 640,
  },
  {
    id: "perp",
    head: "Perp",
    cell: (row) => price(row.perp_mid),
    value: (row) => row.perp_mid,
    align: "right",
    width: 88,
    from: 640,
  },
  {
    id: "basis",
    head: "Basis",
    title: "In bps",
    cell: (row) => bps(row.basis, 2),
    value: (row) => row.basis,
    align: "right",
    width: 82,
  },
  {
    id: "mean",
    head: "Mean",
    cell: (row) => bps(row.mean, 2),
    value: (row) => row.mean,
    align: "right",
    width: 72,
    from: 760,
  },
  {
    id: "z",
    head: "z",
    cell: (row) => (
      <span className={Math.abs(row.z) >= row.entry_z ? "text-warn" : ""}>{number(row.z, 2, true)}</span>
    ),
    value: (row) => row.z,
    align: "right",
    width: 72,
  },
  {
    id: "funding",
    head: "Funding APR",
    cell: (row) => percent(row.forecast_apr, 1, true),
    value: (row) => row.forecast_apr,
    align: "right",
    width: 104,
    from: 860,
  },
  {
    id: "action",
    head: "What is done",
    cell: (row) => (
      <span title={`${row.action} ${row.detail}`}>
        {row.action} <span className="text-dim">{row.detail}</span>
      </span>
    ),
    value: (row) => row.action,
    width: 110,
    grow: 2,
  },
];

/** The pairs as they stood. Choosing one shows its books. */
export function Pairs({
  moment,
  chosen,
  onPick,
}: {
  moment: ReplayMoment | undefined;
  chosen: string;
  onPick: (row: PairRow) => void;
}) {
  return (
    <Card title="Pairs" flush>
      {moment && !moment.whole ? (
        <Pending why={moment.market} height={150} />
      ) : moment ? (
        <DataTable
          label="Pairs"
          dense
          rows={rowsOf(moment, "markets", "pairs")}
          columns={PAIRS}
          rowKey={(row) => row.pair}
          onOpen={onPick}
          selected={chosen}
          height="320px"
          empty={<Empty title="No pair was sampled yet" />}
        />
      ) : (
        <Skeleton height={150} />
      )}
    </Card>
  );
}

const HOLDINGS: Column<HoldingRow>[] = [
  {
    id: "pair",
    head: "Holding",
    cell: (row) => (
      <>
        {row.pair} <span className="text-dim">{row.type}</span>
      </>
    ),
    value: (row) => row.id,
    width: 110,
    primary: true,
  },
  { id: "state", head: "State", cell: (row) => row.state, value: (row) => row.state, width: 76 },
  {
    id: "size",
    head: "Size",
    cell: (row) => size(row.size, 4),
    value: (row) => row.size,
    align: "right",
    width: 80,
  },
  {
    id: "value",
    head: "Value",
    cell: (row) => money(row.value, { digits: 0 }),
    value: (row) => row.value,
    align: "right",
    width: 80,
  },
  {
    id: "basis",
    head: "Basis",
    title: "At entry, and then",
    cell: (row) => `${bps(row.entry_basis)} → ${bps(row.basis)}`,
    value: (row) => row.entry_basis,
    align: "right",
    width: 136,
    from: 520,
  },
  {
    id: "total",
    head: "P&L",
    cell: (row) => <Figure value={row.total} tone="auto" />,
    value: (row) => row.total,
    align: "right",
    width: 88,
  },
];

export function Holdings({ moment }: { moment: ReplayMoment | undefined }) {
  const rows = rowsOf(moment, "status", "holdings");
  return (
    <Card title={`Holdings${rows.length ? ` · ${rows.length}` : ""}`} flush>
      {moment ? (
        <DataTable
          label="Holdings"
          dense
          rows={rows}
          columns={HOLDINGS}
          rowKey={(row) => row.id}
          height="260px"
          empty={<Empty title="Nothing was held" />}
        />
      ) : (
        <Skeleton height={120} />
      )}
    </Card>
  );
}

const ORDERS: Column<OrderRow>[] = [
  {
    id: "side",
    head: "Order",
    cell: (row) => (
      <>
        <span className={row.side === "buy" ? "text-good" : "text-bad"}>{row.side}</span> {row.instrument}
      </>
    ),
    value: (row) => `${row.side} ${row.instrument}`,
    width: 180,
    grow: 2,
    primary: true,
  },
  {
    id: "size",
    head: "Filled",
    cell: (row) => `${size(row.filled, 4)} of ${size(row.size, 4)}`,
    value: (row) => row.size,
    align: "right",
    width: 110,
  },
  {
    id: "price",
    head: "Price",
    cell: (row) => (signOf(row.price) === 0 ? "market" : money(row.price, { trim: true, digits: 6 })),
    value: (row) => row.price,
    align: "right",
    width: 88,
  },
  {
    id: "purpose",
    head: "For",
    cell: (row) => row.purpose,
    value: (row) => row.purpose,
    width: 64,
    from: 560,
  },
  { id: "state", head: "State", cell: (row) => row.state, value: (row) => row.state, width: 84 },
];

export function Orders({ moment }: { moment: ReplayMoment | undefined }) {
  const rows = rowsOf(moment, "orders", "working");
  return (
    <Card title={`Orders working${rows.length ? ` · ${rows.length}` : ""}`} flush>
      {moment ? (
        <DataTable
          label="Orders working"
          dense
          rows={rows}
          columns={ORDERS}
          rowKey={(row) => row.client_id}
          height="260px"
          empty={<Empty title="No order was out" />}
        />
      ) : (
        <Skeleton height={120} />
      )}
    </Card>
  );
}

type Decision = { at_ms: number; key: string } & ({ signal: OpportunityRow } | { route: RouteRow });

const OUTCOMES: Record<string, "good" | "warn" | "soft" | "info"> = {
  entered: "good",
  refused: "warn",
  passed: "soft",
  watching: "info",
};
const NEAR = 14;

/** Signals and routing decisions until then, the latest first. */
export function Decisions({ moment }: { moment: ReplayMoment | undefined }) {
  if (!moment)
    return (
      <Card title="Signals and decisions" flush>
        <Skeleton height={280} />
      </Card>
    );
  const all: Decision[] = [
    ...rowsOf(moment, "opportunities", "signals").map((signal) => ({
      at_ms: signal.at_ms,
      key: `s${signal.key}`,
      signal,
    })),
    ...rowsOf(moment, "opportunities", "routes").map((route) => ({
      at_ms: route.at_ms,
      key: `r${route.key}`,
      route,
    })),
  ];
  all.sort((a, b) => b.at_ms - a.at_ms);
  return (
    <Card title="Signals and decisions" flush>
      {all.length === 0 ? (
        <Empty title="No signal until then" className="min-h-40" />
      ) : (
        <ul className="max-h-90 divide-y divide-line overflow-y-auto">
          {all.slice(0, NEAR).map((one) => (
            <li key={one.key} className="flex gap-3 px-3 py-2 text-xs">
              <When at={one.at_ms} then={moment.at_ms} />
              <div className="min-w-0 flex-1">
                {"signal" in one ? <Signal row={one.signal} /> : <Route row={one.route} />}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}

function Signal({ row }: { row: OpportunityRow }) {
  return (
    <>
      <p className="flex flex-wrap items-center gap-2">
        <span className="font-medium text-text">
          {row.name} {row.subject}
        </span>
        <Badge tone={OUTCOMES[row.outcome] ?? "soft"}>{row.outcome}</Badge>
      </p>
      <p className="break-words text-soft tabular-nums">
        {Object.entries(row.figures)
          .map(([name, value]) => `${name.replaceAll("_", " ")} ${number(value, 2)}`)
          .join(" · ")}
      </p>
      {row.why && <p className="break-words text-dim">{row.why}</p>}
    </>
  );
}

function Route({ row }: { row: RouteRow }) {
  return (
    <>
      <p className="text-text">
        <span className="font-medium">Route {row.pair}</span> <span className="text-dim">{row.type}</span>
      </p>
      <p className="break-words text-soft">
        {row.spot} and {row.perp}, all in {bps(row.all_in_bps)} bps
      </p>
      {row.reason && <p className="break-words text-dim">{row.reason}</p>}
    </>
  );
}

function When({ at, then }: { at: number; then: number }) {
  const before = Math.max(then - at, 0) / 1000;
  const text =
    before < 60
      ? `${number(before, 1)} s`
      : before < 3600
        ? `${number(before / 60, 1)} min`
        : `${number(before / 3600, 1)} h`;
  return (
    <span className="w-18 shrink-0 text-dim tabular-nums" title={`${text} before`}>
      {time(at)}
      <span className="block text-2xs">−{text}</span>
    </span>
  );
}

/** The last entries of the journal then. One is gone to by a click. */
export function Entries({
  moment,
  onTo,
}: {
  moment: ReplayMoment | undefined;
  onTo: (at: number, seq: number) => void;
}) {
  return (
    <Card title="Journal" flush>
      {!moment ? (
        <Skeleton height={280} />
      ) : moment.entries.length === 0 ? (
        <Empty title="The journal was empty" className="min-h-40" />
      ) : (
        <ol className="max-h-90 overflow-y-auto py-1">
          {moment.entries.map((entry) => (
            <Entry key={entry.seq} entry={entry} current={entry.seq === moment.seq} onTo={onTo} />
          ))}
        </ol>
      )}
    </Card>
  );
}

function Entry({
  entry,
  current,
  onTo,
}: {
  entry: EntryShape;
  current: boolean;
  onTo: (at: number, seq: number) => void;
}) {
  return (
    <li>
      <button
        type="button"
        onClick={() => onTo(entry.at_ms, entry.seq)}
        title="Go to this entry"
        className={cx(
          "flex w-full gap-3 px-3 py-1 text-left text-xs hover:bg-raised -outline-offset-2",
          current && "bg-raised shadow-[inset_2px_0_0_var(--color-lime)]",
        )}
      >
        <span className="w-20 shrink-0 text-dim tabular-nums">{time(entry.at_ms, true)}</span>
        <span className="min-w-0 flex-1">
          <span className="text-text">{entry.label}</span>{" "}
          <span className="break-words text-soft">{entry.text}</span>
        </span>
      </button>
    </li>
  );
}
