import { bps, money, percent, size, stamp, zone } from "@/lib/format";
import { openTrace } from "@/lib/router";
import { useRows } from "@/lib/rows";
import type { FillRow, HoldingRow } from "@/lib/types";
import { Button, type Column, DataTable, Empty, Figure, SlideOver } from "@/ui";
import { Side } from "../execution/Order";
import { Fact, Facts, Part } from "../facts";
import { Instrument } from "../instrument";
import { Kind } from "../trades/columns";
import { BasisPath, HeldFor, HoldingBadge } from "./columns";

const FILLS: readonly Column<FillRow>[] = [
  {
    id: "at",
    head: zone(),
    width: 118,
    grow: 0.2,
    cell: (row) => <span className="text-soft">{stamp(row.at_ms).slice(5)}</span>,
    value: (row) => row.at_ms,
  },
  {
    id: "instrument",
    head: "leg",
    width: 140,
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
    width: 80,
    grow: 0.2,
    cell: (row) => size(row.size),
    value: (row) => row.size,
  },
  {
    id: "price",
    head: "price",
    align: "right",
    width: 92,
    grow: 0.2,
    cell: (row) => money(row.price, { digits: 8, trim: true }),
    value: (row) => row.price,
  },
  {
    id: "fee",
    head: "fee",
    align: "right",
    width: 104,
    grow: 0.2,
    cell: (row) => `${money(row.fee, { digits: 4 })} ${row.fee_asset}`,
    value: (row) => row.fee,
  },
];

/** Everything about a holding, held or ended: what it is, what it brought by source, and what was done for it. */
export function HoldingDetails({
  row,
  quote,
  onClose,
}: {
  row: HoldingRow | undefined;
  quote: string;
  onClose: () => void;
}) {
  return (
    <SlideOver
      open={row !== undefined}
      wide
      title={row?.id ?? ""}
      subtitle={row && `opened ${stamp(row.opened_ms)} ${zone()}`}
      onClose={onClose}
    >
      {row && <Body row={row} quote={quote} />}
    </SlideOver>
  );
}

function Body({ row, quote }: { row: HoldingRow; quote: string }) {
  const fills = useRows("fills", "fills").filter((one) => one.owner === row.id);
  const [long, short] = row.reverse ? [row.perp, row.spot] : [row.spot, row.perp];
  const ended = row.state === "closed";
  return (
    <>
      <Facts>
        <Fact name="state">
          <HoldingBadge state={row.state} /> <Kind type={row.type} />
        </Fact>
        <Fact name="long">
          <Instrument id={long} />
        </Fact>
        <Fact name="short">
          <Instrument id={short} />
        </Fact>
        {!ended && (
          <Fact name="size">
            {size(row.size)} {row.pair}
            {row.target !== row.size && Number(row.target) > 0 && (
              <span className="text-dim"> on its way to {size(row.target)}</span>
            )}
            {row.value !== null && (
              <span className="text-dim">
                {" "}
                worth {money(row.value)} {quote}
              </span>
            )}
          </Fact>
        )}
        <Fact name="basis">
          <BasisPath row={row} /> <span className="text-dim">bps{ended ? "" : ", now"}</span>
        </Fact>
        {row.forecast_apr !== null && (
          <Fact name="funding">{percent(row.forecast_apr, 1, true)} a year, as forecast</Fact>
        )}
        <Fact name="why opened">{row.reason || "–"}</Fact>
        {row.closing && <Fact name={ended ? "why ended" : "why closing"}>{row.closing}</Fact>}
        <Fact name="held for">
          {ended ? `until ${stamp(row.closed_ms)} ${zone()}` : <HeldFor since={row.opened_ms} />}
        </Fact>
        <Fact name="trading">
          {row.clips} clips{row.aborted ? `, ${row.aborted} aborted` : ""}, {row.orders} orders, {row.fills}{" "}
          fills
        </Fact>
        <Fact name="fees paid">
          {Object.entries(row.fees)
            .map(([asset, fee]) => `${money(fee, { digits: 4 })} ${asset}`)
            .join(", ") || "–"}
        </Fact>
      </Facts>
      <Part title={`Profit and loss by source, ${quote}`}>
        {row.pnl ? (
          <dl className="px-4 pt-1 pb-3 text-sm">
            {Object.entries(row.pnl).map(([name, amount]) => (
              <div key={name} className="flex justify-between border-b border-line/60 py-1">
                <dt className="text-soft">{name}</dt>
                <dd>
                  <Figure value={amount} digits={4} tone="auto" />
                </dd>
              </div>
            ))}
            <div className="flex justify-between py-1 font-medium">
              <dt>in all{perValue(row)}</dt>
              <dd>
                <Figure value={row.total} digits={4} tone="auto" />
              </dd>
            </div>
          </dl>
        ) : (
          <Empty title="Not known: a part of it has no price now" />
        )}
      </Part>
      <Part
        title={`What was done for it: ${row.wishes.length} ${row.wishes.length === 1 ? "wish" : "wishes"}`}
      >
        <div className="flex flex-wrap gap-1.5 px-4 pt-1 pb-3">
          {row.wishes.map((wish) => (
            <Button key={wish} size="sm" title={wish} className="font-mono" onClick={() => openTrace(wish)}>
              {wish.slice(wish.indexOf(".") + 1)}
            </Button>
          ))}
        </div>
      </Part>
      <Part title={`Fills${fills.length ? ` ${fills.length}` : ""}`}>
        <DataTable
          label="Fills"
          rows={fills}
          columns={FILLS}
          rowKey={(one) => one.key}
          dense
          height="320px"
          initialSort={{ id: "at", desc: true }}
          onOpen={(one) => openTrace(one.client_id)}
          empty={
            <Empty
              title={row.fills ? "Its fills are older than the last 200 of the run" : "Nothing is filled yet"}
            />
          }
        />
      </Part>
    </>
  );
}

function perValue(row: HoldingRow): string {
  const value = Number(row.value);
  return value > 0 && row.total !== null
    ? `, ${bps((Number(row.total) / value) * 1e4)} bps of its value`
    : "";
}
