import { micros } from "@/lib/format";
import type { OrderRow, StageRow } from "@/lib/types";
import { decades, lives, logPlace, ordered, SUMS } from "./latency";

/** Every stage on one logarithmic scale: the bar from p50 to p99, thin until p99.9, a dot at the most ever. */
export function LatencyPanel({ stages }: { stages: readonly StageRow[] }) {
  const rows = ordered(stages);
  const [least, most] = decades(rows);
  const steps = Math.round(Math.log10(most / least));
  const marks = Array.from({ length: steps + 1 }, (_, n) => least * 10 ** n);
  const place = (us: number) => `${100 * logPlace(us, least, most)}%`;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways must be reached by keys
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="How long each stage takes">
      <table className="w-full min-w-[34rem] whitespace-nowrap text-xs tabular-nums">
        <thead className="text-2xs text-dim">
          <tr className="*:px-2 *:py-1.5 *:font-normal">
            <th scope="col" className="text-left">
              stage
            </th>
            <th scope="col" className="w-2/5 min-w-44 text-left">
              <span className="sr-only">p50 to p99, on a logarithmic scale</span>
              <span className="relative block h-4" aria-hidden>
                {marks.map((us, n) => (
                  <span
                    key={us}
                    className={`absolute ${n === steps ? "-translate-x-full" : n ? "-translate-x-1/2" : ""}`}
                    style={{ left: place(us) }}
                  >
                    {n % 2 === steps % 2 ? micros(us).replace(/\.0+(?=\D)/, "") : ""}
                  </span>
                ))}
              </span>
            </th>
            <th scope="col" className="text-right">
              p50
            </th>
            <th scope="col" className="text-right">
              p99
            </th>
            <th scope="col" className="text-right">
              p99.9
            </th>
            <th scope="col" className="text-right">
              most
            </th>
            <th scope="col" className="text-right">
              count
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr
              key={one.stage}
              className={`border-t border-line *:px-2 *:py-1.5 ${SUMS.has(one.stage) ? "bg-raised/50 *:font-medium" : "*:font-normal"}`}
            >
              <th scope="row" className="whitespace-nowrap text-left text-soft">
                {one.stage}
              </th>
              <td>
                <span className="relative block h-3" aria-hidden>
                  {marks.map((us) => (
                    <span
                      key={us}
                      className="absolute inset-y-[-6px] w-px bg-line"
                      style={{ left: place(us) }}
                    />
                  ))}
                  <span
                    className="absolute top-1/2 h-px bg-info"
                    style={{ left: place(one.p50), right: `calc(100% - ${place(one.p999)})` }}
                  />
                  <span
                    className={`absolute inset-y-0.5 min-w-1 rounded-[2px] ${SUMS.has(one.stage) ? "bg-lime" : "bg-info"}`}
                    style={{ left: place(one.p50), right: `calc(100% - ${place(one.p99)})` }}
                  />
                  <span
                    className="absolute top-1/2 size-1.5 -translate-1/2 rounded-full bg-warn"
                    style={{ left: place(one.most) }}
                  />
                </span>
              </td>
              <td className="text-right">{micros(one.p50)}</td>
              <td className="text-right">{micros(one.p99)}</td>
              <td className="text-right">{micros(one.p999)}</td>
              <td className="text-right text-dim">{micros(one.most)}</td>
              <td className="text-right text-dim">{one.count.toLocaleString("en")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** How long the last orders really took from being sent to their end. */
export function OrderLives({ orders }: { orders: readonly OrderRow[] }) {
  const bins = lives(orders);
  const most = Math.max(1, ...bins.map((one) => one.count));
  return (
    <div className="flex h-36 flex-col">
      <ol className="flex min-h-0 flex-1 items-end gap-px" aria-label="Orders by how long they took">
        {bins.map((one) => (
          <li
            key={one.fromMs}
            className="flex h-full max-w-20 flex-1 flex-col justify-end"
            title={`from ${one.label}: ${one.count} orders`}
          >
            <span className="text-center text-2xs text-soft">{one.count || ""}</span>
            <span
              className="rounded-t-[2px] bg-info"
              style={{ height: `${(84 * one.count) / most}%`, minHeight: one.count ? 2 : 0 }}
            />
            <span className="sr-only">{`from ${one.label}`}</span>
          </li>
        ))}
      </ol>
      <div className="flex gap-px border-t border-line pt-1 text-2xs text-dim" aria-hidden>
        {bins.map((one, n) => (
          <span key={one.fromMs} className="min-w-0 max-w-20 flex-1 overflow-visible whitespace-nowrap">
            {n % Math.max(1, Math.ceil(bins.length / 5)) === 0 ? one.label : ""}
          </span>
        ))}
      </div>
    </div>
  );
}
