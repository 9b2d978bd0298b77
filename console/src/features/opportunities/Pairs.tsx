import { age, bps } from "@/lib/format";
import { byPair, type Window } from "./windows";

/** How many windows each pair had, how many were taken, how long they lasted and what they promised. */
export function Pairs({ found }: { found: readonly Window[] }) {
  return (
    <table className="w-full text-xs tabular-nums">
      <thead className="text-2xs text-dim">
        <tr className="*:px-3 *:py-1.5 *:text-right *:font-normal">
          <th scope="col" className="text-left!">
            pair
          </th>
          <th scope="col">windows</th>
          <th scope="col">taken</th>
          <th scope="col">median</th>
          <th scope="col" title="Mean of the best edge of each, bps">
            edge
          </th>
        </tr>
      </thead>
      <tbody>
        {byPair(found).map((one) => (
          <tr key={one.pair} className="border-t border-line *:px-3 *:py-1.5 *:text-right">
            <th scope="row" className="text-left! font-medium">
              {one.pair}
            </th>
            <td>
              {one.windows}
              {one.open > 0 && <span className="text-info"> ({one.open} open)</span>}
            </td>
            <td>{one.captured}</td>
            <td>{one.medianSeconds === null ? "–" : age(one.medianSeconds * 1000)}</td>
            <td>{bps(one.edge)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
