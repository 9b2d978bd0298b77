/** An instrument as people say it: "BTCUSDT" with "binance perp" beside it. */
export function Instrument({ id, plain }: { id: string; plain?: boolean }) {
  const [venue, kind, symbol] = named(id);
  if (!symbol) return <span>{id || "–"}</span>;
  return (
    <span className="whitespace-nowrap" title={id}>
      {symbol}
      {plain ? ` ${venue} ${kind}` : <span className="ml-1.5 text-2xs text-dim">{`${venue} ${kind}`}</span>}
    </span>
  );
}

/** (venue, kind, symbol) of "binance.spot.BTCUSDT". */
export function named(id: string): [string, string, string] {
  const [venue = "", kind = "", ...symbol] = id.split(".");
  return [venue, kind, symbol.join(".")];
}
