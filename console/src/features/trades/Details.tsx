import { TraceView } from "@/features/trace";
import { age, bps, money, size, stamp, zone } from "@/lib/format";
import type { TradeShape } from "@/lib/types";
import { Figure, SlideOver } from "@/ui";
import { Fact, Facts, Part } from "../facts";
import { Kind } from "./columns";

/** Everything about one trade, and the story of how it was opened. */
export function TradeDetails({
  trade,
  quote,
  onClose,
}: {
  trade: TradeShape | undefined;
  quote: string;
  onClose: () => void;
}) {
  return (
    <SlideOver
      open={trade !== undefined}
      wide
      title={trade?.id ?? ""}
      subtitle={trade ? `closed ${stamp(trade.closed_ms)} ${zone()}` : ""}
      onClose={onClose}
    >
      {trade && (
        <>
          <Facts>
            <Fact name="kind">
              <Kind type={trade.type} /> of {trade.pair}
            </Fact>
            <Fact name="opened">
              {stamp(trade.opened_ms)} {zone()} <span className="text-soft">{trade.reason}</span>
            </Fact>
            <Fact name="closed">
              {stamp(trade.closed_ms)} {zone()} <span className="text-soft">{trade.closing}</span>
            </Fact>
            <Fact name="held for">{age(trade.seconds * 1000)}</Fact>
            <Fact name="size">
              {size(trade.size)} {trade.pair}{" "}
              <span className="text-dim">
                worth {money(trade.value)} {quote} at entry
              </span>
            </Fact>
            <Fact name="basis">
              {bps(trade.entry_basis)} → {bps(trade.exit_basis)} <span className="text-dim">bps</span>
            </Fact>
            <Fact name="promised">
              {bps(trade.predicted_bps)} <span className="text-dim">bps, the edge of its signal</span>
            </Fact>
            <Fact name="realised">
              <Figure value={trade.realised_bps} digits={1} tone="auto" />{" "}
              <span className="text-dim">bps of its value</span>
            </Fact>
            <Fact name="fees">
              {Object.entries(trade.fees)
                .map(([asset, fee]) => `${money(fee, { digits: 4 })} ${asset}`)
                .join(", ") || "–"}
            </Fact>
          </Facts>
          <Part title="Profit and loss by source">
            <dl className="px-4 pt-1 pb-3 text-sm">
              {Object.entries(trade.pnl).map(([name, amount]) => (
                <div key={name} className="flex justify-between border-b border-line/60 py-1">
                  <dt className="text-soft">{name}</dt>
                  <dd>
                    <Figure value={amount} digits={4} tone="auto" />
                  </dd>
                </div>
              ))}
              <div className="flex justify-between py-1 font-medium">
                <dt>in all, {quote}</dt>
                <dd>
                  <Figure value={trade.total} digits={4} tone="auto" />
                </dd>
              </div>
            </dl>
          </Part>
          {trade.trace && (
            <Part title="How it was opened">
              <TraceView id={trade.trace} />
            </Part>
          )}
        </>
      )}
    </SlideOver>
  );
}
