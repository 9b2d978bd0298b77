import * as format from "@/lib/format";
import type { WaterfallShape } from "@/lib/types";
import { cx } from "@/ui";

/** Where the time of one order went, from the tick to the venue's answer: bars on one scale, in microseconds. */
export function Waterfall({ waterfall }: { waterfall: WaterfallShape }) {
  const { stages, total_us } = waterfall;
  const longest = stages.reduce((most, stage) => Math.max(most, stage.took_us), 0);
  const share = (us: number) => `${total_us > 0 ? Math.max(0, Math.min(100, (us / total_us) * 100)) : 0}%`;
  return (
    <figure className="rounded-md border border-line bg-ground p-3">
      <figcaption className="mb-2 flex flex-wrap items-baseline justify-between gap-x-3 text-xs">
        <span className="font-medium text-soft">{waterfall.instrument}</span>
        <span className="font-mono text-2xs text-dim">{waterfall.client_id}</span>
        <span className="ml-auto tabular-nums text-text">{format.micros(total_us)}</span>
      </figcaption>
      <table className="w-full table-fixed text-xs">
        <colgroup>
          <col className="w-24" />
          <col />
          <col className="w-20" />
        </colgroup>
        <thead className="sr-only">
          <tr>
            <th>Stage</th>
            <th>From and to</th>
            <th>Took</th>
          </tr>
        </thead>
        <tbody>
          {stages.map((stage) => (
            <tr key={stage.stage}>
              <th scope="row" className="w-34 truncate py-0.5 pr-2 text-left font-normal text-soft">
                {stage.stage}
              </th>
              <td className="py-0.5" title={`from ${format.micros(stage.start_us)} after the tick`}>
                <div className="relative h-3 rounded-sm bg-raised">
                  <div
                    className={cx(
                      "absolute inset-y-0 min-w-0.5 rounded-sm",
                      stage.took_us === longest ? "bg-warn" : "bg-lime/80",
                    )}
                    style={{ left: share(stage.start_us), width: share(stage.took_us) }}
                  />
                </div>
              </td>
              <td className="w-20 py-0.5 text-right tabular-nums text-soft">
                {format.micros(stage.took_us)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
}
