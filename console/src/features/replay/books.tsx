import { BookX } from "lucide-react";
import { NONE, number, places, plain, size } from "@/lib/format";
import type { BookRow, QuoteRow, ReplayMoment } from "@/lib/types";
import { Card, cx, Empty, Select, Skeleton } from "@/ui";
import { rowsOf } from "./moment";
import { Pending } from "./pending";

const LEVELS = 10;
const ROW = "h-5.5";
const COLUMNS = "grid grid-cols-2 items-center gap-2 px-2 sm:grid-cols-3 sm:px-3";

export interface BooksProps {
  moment: ReplayMoment | undefined;
  left: string;
  right: string;
  onPick: (side: "left" | "right", instrument: string) => void;
}

/** The ladders of two instruments as they stood, side by side. */
export function Books({ moment, left, right, onPick }: BooksProps) {
  const books = rowsOf(moment, "markets", "books");
  const quotes = rowsOf(moment, "markets", "quotes");
  const names = [...new Set([...quotes, ...books].map((one) => one.instrument))].sort();
  const none = moment !== undefined && books.length === 0 && quotes.every((one) => !one.bid && !one.mid);
  return (
    <Card title="Books" flush>
      {moment === undefined ? (
        <Skeleton height={520} />
      ) : !moment.whole ? (
        <Pending why={moment.market} height={520} />
      ) : none ? (
        <Empty icon={BookX} title="No books of this moment" className="min-h-64">
          This run kept its journal, and no market data of then: prices are those of its own orders and
          samples.
        </Empty>
      ) : (
        <div className="grid grid-cols-2 divide-x divide-line">
          {(["left", "right"] as const).map((side) => {
            const name = side === "left" ? left : right;
            return (
              <div key={side} className="min-w-0">
                <div className="border-b border-line p-2">
                  <Select
                    label={side === "left" ? "First instrument" : "Second instrument"}
                    quiet
                    small
                    value={name}
                    options={names.includes(name) ? names : [name, ...names]}
                    onChange={(value) => onPick(side, value)}
                  />
                </div>
                <Ladder
                  book={books.find((one) => one.instrument === name)}
                  quote={quotes.find((one) => one.instrument === name)}
                  at={moment.at_ms}
                />
              </div>
            );
          })}
        </div>
      )}
    </Card>
  );
}

function Ladder({ book, quote, at }: { book: BookRow | undefined; quote: QuoteRow | undefined; at: number }) {
  const digits = quote ? places(quote.tick) : 2;
  const bids = levels(book?.bids ?? touch(quote?.bid, quote?.bid_qty));
  const asks = levels(book?.asks ?? touch(quote?.ask, quote?.ask_qty));
  const most = Math.max(bids.at(-1)?.sum ?? 0, asks.at(-1)?.sum ?? 0, Number.MIN_VALUE);
  const best = { bid: bids[0]?.price, ask: asks[0]?.price };
  const spread = best.bid && best.ask ? best.ask - best.bid : undefined;
  const heard = book?.at_ms ?? quote?.at_ms;
  return (
    <div className="py-1 text-xs tabular-nums">
      <p className={cx(COLUMNS, "pb-1 text-2xs text-dim")}>
        <span>Price</span>
        <span className="text-right">Size</span>
        <span className="hidden text-right sm:inline">Sum</span>
      </p>
      <Side side="ask" levels={[...padded(asks)].reverse()} digits={digits} most={most} />
      <div className="my-0.5 flex h-7 items-center justify-between gap-2 border-y border-line px-2 sm:px-3">
        <span className="font-medium text-text">{spread === undefined ? NONE : number(spread, digits)}</span>
        <span className="truncate text-2xs text-dim" title={quote?.why}>
          {quote?.why || (heard ? `heard ${ago(at - heard)} before` : "spread")}
        </span>
      </div>
      <Side side="bid" levels={padded(bids)} digits={digits} most={most} />
    </div>
  );
}

interface Level {
  price: number;
  size: number;
  sum: number;
}

function touch(
  price: number | undefined,
  quantity: number | undefined,
): readonly (readonly [number, number])[] {
  return price ? [[price, quantity ?? 0]] : [];
}

function levels(side: readonly (readonly [number, number])[]): Level[] {
  let sum = 0;
  return side.slice(0, LEVELS).map(([price, quantity]) => {
    sum += quantity;
    return { price, size: quantity, sum };
  });
}

/** Always as many rows, so that nothing moves. */
function padded(side: Level[]): (Level | undefined)[] {
  return Array.from({ length: LEVELS }, (_, n) => side[n]);
}

function Side({
  side,
  levels: rows,
  digits,
  most,
}: {
  side: "bid" | "ask";
  levels: (Level | undefined)[];
  digits: number;
  most: number;
}) {
  return (
    <ol aria-label={side === "bid" ? "Bids" : "Asks"}>
      {rows.map((level, n) => (
        <li key={n} className={cx("relative", COLUMNS, ROW)}>
          {level && (
            <>
              <span
                aria-hidden
                className={cx("absolute inset-y-px right-0", side === "bid" ? "bg-good/12" : "bg-bad/12")}
                style={{ width: `${(level.sum / most) * 100}%` }}
              />
              <span className={cx("relative", side === "bid" ? "text-good" : "text-bad")}>
                {number(level.price, digits)}
              </span>
              <span className="relative text-right text-soft">{size(plain(level.size), 4)}</span>
              <span className="relative hidden text-right text-dim sm:inline">
                {size(plain(level.sum), 3)}
              </span>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}

function ago(ms: number): string {
  return ms < 1000 ? `${Math.max(Math.round(ms), 0)} ms` : `${number(ms / 1000, 1)} s`;
}
