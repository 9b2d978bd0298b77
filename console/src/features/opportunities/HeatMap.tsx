import { useMemo } from "react";
import { zone } from "@/lib/format";
import { heatMap, type Rhythm, type Window } from "./windows";

/** How many windows opened in each hour of the day or day of the week, by pair; the number stands in the cell. */
export function HeatMap({ found, by }: { found: readonly Window[]; by: Rhythm }) {
  const map = useMemo(() => heatMap(found, by), [found, by]);
  const totals = map.slots.map((_, slot) =>
    map.cells.reduce((sum, cell) => sum + (cell[0] === slot ? cell[2] : 0), 0),
  );
  const told = (pair: string, slot: number, count: number) =>
    `${pair}, ${by === "hour" ? `${map.slots[slot]}:00 to ${map.slots[slot]}:59` : map.slots[slot]} ${zone()}: ${count}`;
  return (
    <table className="w-full table-fixed border-separate border-spacing-px text-2xs tabular-nums">
      <caption className="sr-only">
        Windows that opened, by pair and {by === "hour" ? "hour of the day" : "day of the week"} ({zone()})
      </caption>
      <colgroup>
        <col className="w-11" />
        {map.slots.map((slot) => (
          <col key={slot} />
        ))}
      </colgroup>
      <thead>
        <tr>
          <td />
          {map.slots.map((slot, n) => (
            <th
              key={slot}
              scope="col"
              className={`font-normal text-dim ${by === "hour" ? "overflow-visible text-left" : ""}`}
            >
              <span className={by === "hour" && n % 6 !== 0 ? "sr-only" : ""}>{slot}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {map.pairs.map((pair, place) => (
          <tr key={pair}>
            <th scope="row" className="truncate pr-1 text-left font-medium text-soft">
              {pair}
            </th>
            {map.cells
              .filter((cell) => cell[1] === place)
              .map(([slot, , count]) => (
                <Cell key={slot} count={count} most={map.most} title={told(pair, slot, count)} />
              ))}
          </tr>
        ))}
        {map.pairs.length > 1 && (
          <tr>
            <th scope="row" className="pr-1 text-left font-normal text-dim">
              all
            </th>
            {totals.map((count, slot) => (
              <Cell
                key={map.slots[slot]}
                count={count}
                most={Math.max(...totals)}
                title={told("all pairs", slot, count)}
                quiet
              />
            ))}
          </tr>
        )}
      </tbody>
    </table>
  );
}

function Cell({
  count,
  most,
  title,
  quiet,
}: {
  count: number;
  most: number;
  title: string;
  quiet?: boolean;
}) {
  const weight = most > 0 && count > 0 ? 18 + 72 * (count / most) : 0;
  const colour = quiet ? "var(--color-info)" : "var(--color-lime)";
  return (
    <td
      title={title}
      className="h-6 overflow-hidden rounded-[2px] text-center leading-6"
      style={{
        background: weight
          ? `color-mix(in oklab, ${colour} ${weight}%, var(--color-ground))`
          : "var(--color-ground)",
        color: weight > 45 ? "var(--color-ground)" : "var(--color-text)",
      }}
    >
      <span className="hidden sm:inline">{count || ""}</span>
      <span className="sr-only sm:hidden">{count}</span>
    </td>
  );
}
