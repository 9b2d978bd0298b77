import { useState } from "react";
import * as format from "@/lib/format";
import { useRow } from "@/lib/live";
import type { Money } from "@/lib/types";
import { Card, Choice, cx, Empty, Figure, Skeleton } from "@/ui";

/** P&L by where it came from: bars to either side of nothing, on one scale. */
export function SourcesCard() {
  const [which, setWhich] = useState<"day" | "all">("day");
  const run = useRow("status", "run", "run");
  const pnl = which === "day" ? run?.day?.pnl : run?.pnl;
  return (
    <Card
      title="P&L by source"
      age="status"
      actions={
        <Choice
          label="Since when"
          value={which}
          onChange={setWhich}
          options={[
            { value: "day", label: "24h" },
            { value: "all", label: "all" },
          ]}
        />
      }
    >
      {!run ? (
        <Skeleton height={236} />
      ) : pnl ? (
        <Sources pnl={pnl} quote={run.quote} />
      ) : (
        <Empty title="Nothing yet" />
      )}
    </Card>
  );
}

function Sources({ pnl, quote }: { pnl: Record<string, Money>; quote: string }) {
  const sources = Object.entries(pnl);
  const most = Math.max(...sources.map(([, value]) => Math.abs(format.toNumber(value))), 1e-9);
  const total = format.sum(sources.map(([, value]) => value));
  return (
    <table className="h-full min-h-57 w-full table-fixed text-sm">
      <thead className="sr-only">
        <tr>
          <th>Source</th>
          <th>Share</th>
          <th>{quote}</th>
        </tr>
      </thead>
      <tbody>
        {sources.map(([name, value]) => {
          const size = (Math.abs(format.toNumber(value)) / most) * 50;
          const sign = format.signOf(value);
          return (
            <tr key={name}>
              <th scope="row" className="w-22 truncate py-1 text-left font-normal capitalize text-soft">
                {name}
              </th>
              <td className="py-1">
                <div className="relative h-3.5" aria-hidden>
                  <div className="absolute inset-y-0 left-1/2 w-px bg-edge" />
                  <div
                    className={cx("absolute inset-y-0.5 rounded-sm", sign < 0 ? "bg-bad/80" : "bg-good/80")}
                    style={
                      sign < 0 ? { right: "50%", width: `${size}%` } : { left: "50%", width: `${size}%` }
                    }
                  />
                </div>
              </td>
              <td className="w-26 py-1 text-right">
                <Figure value={value} tone="auto" />
              </td>
            </tr>
          );
        })}
      </tbody>
      <tfoot>
        <tr className="border-t border-line">
          <th scope="row" className="pt-2 text-left text-xs font-medium text-soft">
            Total
          </th>
          <td />
          <td className="pt-2 text-right font-medium">
            <Figure value={total} tone="auto" />
          </td>
        </tr>
      </tfoot>
    </table>
  );
}
