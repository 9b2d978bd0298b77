import { age, money, size, stamp, zone } from "@/lib/format";
import { useNow } from "@/lib/live";
import { openTrace } from "@/lib/router";
import { useRows } from "@/lib/rows";
import type { FillRow, OrderRow } from "@/lib/types";
import { Badge, Button, type Column, DataTable, Empty, SlideOver } from "@/ui";
import { Fact, Facts, Part } from "../facts";
import { Instrument } from "../instrument";
import { share } from "./lanes";
import { millis } from "./TimelineView";
import { orderKind, orderLook } from "./words";

export function OrderBadge({ state }: { state: string }) {
  const { glyph, tone, meaning } = orderLook(state);
  return (
    <Badge tone={tone} title={meaning}>
      <span aria-hidden>{glyph}</span>
      {state}
    </Badge>
  );
}

export function Side({ side }: { side: string }) {
  return <span className={side === "buy" ? "text-good" : "text-info"}>{side}</span>;
}

/** How much of it is filled, as a bar with its words. */
export function Filled({ filled, of }: { filled: string; of: string }) {
  const part = share(filled, of);
  return (
    <span className="flex items-center gap-2" title={`${size(filled)} of ${size(of)}`}>
      <span className="h-1.5 w-11 shrink-0 overflow-hidden rounded-full bg-ground" aria-hidden>
        <span className="block h-full bg-good" style={{ width: `${part * 100}%` }} />
      </span>
      <span>{Math.round(part * 100)}%</span>
    </span>
  );
}

/** Works since: ticks, and warns once that is long. */
function Works({ since }: { since: number }) {
  const now = useNow(1000);
  const ms = Math.max(0, now - since);
  return <span className={ms > 30_000 ? "text-warn" : ""}>{age(ms)}</span>;
}

export const WORKING: readonly Column<OrderRow>[] = [
  {
    id: "for",
    head: "age",
    align: "right",
    width: 84,
    grow: 0.2,
    cell: (row) => <Works since={row.sent_ms} />,
    value: (row) => row.sent_ms,
  },
  {
    id: "instrument",
    head: "instrument",
    width: 170,
    grow: 0.6,
    primary: true,
    cell: (row) => <Instrument id={row.instrument} />,
    value: (row) => row.instrument,
  },
  {
    id: "side",
    head: "side",
    width: 66,
    grow: 0.1,
    cell: (row) => <Side side={row.side} />,
    value: (row) => row.side,
  },
  {
    id: "size",
    head: "size",
    align: "right",
    width: 88,
    grow: 0.3,
    cell: (row) => size(row.size),
    value: (row) => row.size,
  },
  {
    id: "filled",
    head: "filled",
    width: 122,
    grow: 0.3,
    cell: (row) => <Filled filled={row.filled} of={row.size} />,
    value: (row) => share(row.filled, row.size),
  },
  {
    id: "price",
    head: "price",
    align: "right",
    width: 96,
    grow: 0.3,
    cell: (row) => (Number(row.price) ? money(row.price, { digits: 8, trim: true }) : "market"),
    value: (row) => row.price,
  },
  {
    id: "type",
    head: "kind",
    width: 130,
    grow: 0.4,
    from: 900,
    cell: (row) => <span className="text-soft">{orderKind(row)}</span>,
    value: (row) => orderKind(row),
  },
  {
    id: "state",
    head: "state",
    width: 104,
    grow: 0.2,
    cell: (row) => <OrderBadge state={row.state} />,
    value: (row) => row.state,
  },
  {
    id: "owner",
    head: "for",
    width: 130,
    grow: 0.6,
    from: 1000,
    cell: (row) => <span className="text-soft">{row.owner || "–"}</span>,
    value: (row) => row.owner,
  },
  {
    id: "reason",
    head: "why",
    width: 120,
    grow: 1,
    from: 1150,
    cell: (row) => (
      <span className="text-soft" title={row.reason}>
        {row.reason || row.purpose}
      </span>
    ),
    value: (row) => row.reason || row.purpose,
  },
];

export const DONE: readonly Column<OrderRow>[] = [
  {
    id: "sent",
    head: `sent (${zone()})`,
    width: 150,
    grow: 0.2,
    cell: (row) => <span className="text-soft">{stamp(row.sent_ms).slice(5)}</span>,
    value: (row) => row.sent_ms,
  },
  ...WORKING.slice(1, 5),
  {
    id: "average",
    head: "average",
    align: "right",
    width: 96,
    grow: 0.3,
    cell: (row) => money(row.average, { digits: 6, trim: true }),
    value: (row) => row.average,
  },
  {
    id: "took",
    head: "took",
    align: "right",
    width: 84,
    grow: 0.2,
    cell: (row) => millis(row.updated_ms - row.sent_ms),
    value: (row) => row.updated_ms - row.sent_ms,
  },
  ...WORKING.slice(6),
];

const FILLS: readonly Column<FillRow>[] = [
  {
    id: "at",
    head: zone(),
    width: 110,
    grow: 0.3,
    primary: true,
    cell: (row) => stamp(row.at_ms, true).slice(11),
    value: (row) => row.at_ms,
  },
  { id: "size", head: "size", align: "right", cell: (row) => size(row.size), value: (row) => row.size },
  {
    id: "price",
    head: "price",
    align: "right",
    cell: (row) => money(row.price, { digits: 8, trim: true }),
    value: (row) => row.price,
  },
  {
    id: "fee",
    head: "fee",
    align: "right",
    cell: (row) => `${money(row.fee, { digits: 4 })} ${row.fee_asset}`,
    value: (row) => row.fee,
  },
  {
    id: "liquidity",
    head: "as",
    width: 70,
    grow: 0.3,
    cell: (row) => row.liquidity,
    value: (row) => row.liquidity,
  },
];

/** Everything about one order, with its fills. */
export function OrderDetails({ order, onClose }: { order: OrderRow | undefined; onClose: () => void }) {
  const fills = useRows("fills", "fills");
  if (!order)
    return (
      <SlideOver open={false} title="" onClose={onClose}>
        {null}
      </SlideOver>
    );
  const own = fills.filter((one) => one.client_id === order.client_id);
  return (
    <SlideOver
      open
      title={`${order.side} ${size(order.size)} ${order.instrument}`}
      subtitle={order.client_id}
      onClose={onClose}
    >
      <Facts>
        <Fact name="state">
          <OrderBadge state={order.state} />{" "}
          <span className="text-xs text-dim">{orderLook(order.state).meaning}</span>
        </Fact>
        {order.reason && <Fact name="why">{order.reason}</Fact>}
        <Fact name="filled">
          {size(order.filled)} of {size(order.size)}
          {order.average && ` at ${money(order.average, { digits: 6, trim: true })} on average`}
        </Fact>
        <Fact name="price">
          {Number(order.price) ? money(order.price, { digits: 8, trim: true }) : "market"}
        </Fact>
        <Fact name="kind">{orderKind(order)}</Fact>
        <Fact name="purpose">
          {order.purpose}
          {order.owner && <span className="text-dim"> of {order.owner}</span>}
        </Fact>
        <Fact name="strategy">{order.strategy}</Fact>
        <Fact name="sent">
          {stamp(order.sent_ms, true)} {zone()}
        </Fact>
        <Fact name="last word">
          {stamp(order.updated_ms, true)} {zone()}{" "}
          <span className="text-dim">after {millis(Math.max(0, order.updated_ms - order.sent_ms))}</span>
        </Fact>
        {order.saga && <Fact name="execution">{order.saga}</Fact>}
      </Facts>
      <div className="flex gap-2 px-4 pb-3">
        <Button size="sm" onClick={() => openTrace(order.client_id)}>
          Its story
        </Button>
        {order.saga && (
          <Button size="sm" kind="ghost" onClick={() => openTrace(order.saga)}>
            Story of the whole execution
          </Button>
        )}
      </div>
      <Part title="Fills">
        <DataTable
          label="Fills"
          rows={own}
          columns={FILLS}
          rowKey={(row) => row.key}
          dense
          empty={
            <Empty
              title={
                Number(order.filled) ? "Its fills are older than the last 200" : "Nothing of it is filled"
              }
            />
          }
        />
      </Part>
    </SlideOver>
  );
}
