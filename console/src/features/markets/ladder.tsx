import * as format from "@/lib/format";
import { useRow } from "@/lib/live";
import { AgeDot, Card, cx, Figure } from "@/ui";
import { Countdown } from "./countdown";
import { parts } from "./words";

const LEVELS = 10;
type Level = readonly [price: number, size: number, total: number];

/** Ten levels a side around the touch, with bars of what stands up to each; rows keep their place without a price. */
export function LadderCard({ instrument }: { instrument: string }) {
  const { venue, kind, symbol } = parts(instrument);
  return (
    <Card
      title={
        <>
          {symbol} <span className="font-normal text-dim">{`${venue} ${kind}`}</span>
        </>
      }
      actions={<AgeDot of="markets" quiet />}
      flush
    >
      <Ladder instrument={instrument} />
      <Facts instrument={instrument} />
    </Card>
  );
}

function Ladder({ instrument }: { instrument: string }) {
  const book = useRow("markets", "books", instrument);
  const quote = useRow("markets", "quotes", instrument);
  const places = quote ? format.places(quote.tick) : 2;
  const bids = totals(book?.bids ?? []);
  const asks = totals(book?.asks ?? []);
  const most = Math.max(bids.at(-1)?.[2] ?? 0, asks.at(-1)?.[2] ?? 0);
  const bid = bids[0]?.[0];
  const ask = asks[0]?.[0];
  const gap = bid && ask ? ask - bid : null;
  return (
    <table className="w-full table-fixed text-xs tabular-nums" aria-label={`Book of ${instrument}`}>
      <thead>
        <tr className="text-2xs text-dim">
          <th scope="col" className="h-7 pl-3 text-left font-medium">
            Price
          </th>
          <th scope="col" className="text-right font-medium">
            Size
          </th>
          <th scope="col" className="pr-3 text-right font-medium">
            Up to here
          </th>
        </tr>
      </thead>
      <tbody>
        {rows(asks)
          .reverse()
          .map(([key, level]) => (
            <Row key={key} level={level} places={places} most={most} side="ask" />
          ))}
      </tbody>
      <tbody className="border-y border-line bg-ground">
        <tr>
          <td className="h-8 pl-3 text-sm font-medium">
            {quote?.why ? (
              <span className="text-warn">no price</span>
            ) : (
              format.number(quote?.mid || null, places)
            )}
          </td>
          <td colSpan={2} className="truncate pr-3 text-right text-2xs text-dim">
            {quote?.why ? (
              <span className="text-warn">{quote.why}</span>
            ) : gap !== null && bid ? (
              `spread ${format.number(gap, places)} · ${format.number((gap / bid) * 1e4, 2)} bps`
            ) : (
              "no book"
            )}
          </td>
        </tr>
      </tbody>
      <tbody>
        {rows(bids).map(([key, level]) => (
          <Row key={key} level={level} places={places} most={most} side="bid" />
        ))}
      </tbody>
    </table>
  );
}

function totals(levels: readonly (readonly [number, number])[]): Level[] {
  let total = 0;
  return levels.slice(0, LEVELS).map(([price, size]) => {
    total += size;
    return [price, size, total];
  });
}

/** Always as many rows, so that nothing moves as levels come and go. */
function rows(levels: readonly Level[]): [number, Level | undefined][] {
  return Array.from({ length: LEVELS }, (_, index) => [index, levels[index]]);
}

function Row({
  level,
  places,
  most,
  side,
}: {
  level: Level | undefined;
  places: number;
  most: number;
  side: "bid" | "ask";
}) {
  const share = level && most > 0 ? (level[2] / most) * 100 : 0;
  const colour = side === "bid" ? "61 220 151" : "255 125 134";
  return (
    <tr
      style={
        level && {
          backgroundImage: `linear-gradient(to left, rgb(${colour} / 0.14) ${share}%, transparent ${share}%)`,
        }
      }
    >
      <td className={cx("h-5.5 pl-3", side === "bid" ? "text-good" : "text-bad")}>
        {level ? format.number(level[0], places) : <span className="text-dim">·</span>}
      </td>
      <td className="text-right">{level && sized(level[1])}</td>
      <td className="pr-3 text-right text-soft">{level && sized(level[2])}</td>
    </tr>
  );
}

function sized(size: number): string {
  return size >= 10_000 ? format.short(size) : format.number(size, size >= 100 ? 1 : size >= 1 ? 3 : 4);
}

function Facts({ instrument }: { instrument: string }) {
  const quote = useRow("markets", "quotes", instrument);
  const perp = quote !== undefined && quote.funding_hours > 0;
  const places = quote ? format.places(quote.tick) : 2;
  const fact = "flex items-baseline justify-between gap-2";
  return (
    <dl className="grid grid-cols-1 gap-y-1 border-t border-line px-3 py-2.5 text-xs [&_dd]:tabular-nums [&_dt]:text-dim">
      <div className={fact}>
        <dt>Mark</dt>
        <dd>{format.number(quote?.mark || null, places)}</dd>
      </div>
      <div className={fact}>
        <dt>Index</dt>
        <dd>{format.number(quote?.index || null, places)}</dd>
      </div>
      <div className={fact}>
        <dt>Last</dt>
        <dd>{format.number(quote?.last || null, places)}</dd>
      </div>
      <div className={fact}>
        <dt>
          {perp
            ? `Funding, ${format.number(quote.funding_hours, quote.funding_hours < 1 ? 1 : 0)} h`
            : "Funding"}
        </dt>
        <dd>{perp ? <Figure value={quote.funding * 100} digits={4} tone="auto" unit="%" /> : format.NONE}</dd>
      </div>
      <div className={fact}>
        <dt>Paid in</dt>
        <dd>
          <Countdown to={perp ? quote.settles_ms : 0} />
        </dd>
      </div>
      <div className={fact}>
        <dt>Tick, lot</dt>
        <dd>{quote ? `${format.size(quote.tick)}, ${format.size(quote.lot)}` : format.NONE}</dd>
      </div>
    </dl>
  );
}
