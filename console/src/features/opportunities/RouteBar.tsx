import { bps } from "@/lib/format";
import type { RouteRow } from "@/lib/types";
import { type Part, slices } from "./breakdown";

export const COLOURS: Record<Part, string> = {
  basis: "bg-info",
  funding: "bg-good",
  fees: "bg-warn",
  transfer: "bg-violet",
};

/** What a route's all-in is made of: gains right of zero, costs left of it, the line is what is left. */
export function RouteBar({ route, scale }: { route: RouteRow; scale: readonly [number, number] }) {
  const [low, high] = scale;
  const place = (value: number) => (100 * (value - low)) / (high - low);
  const found = slices(route);
  const told = found.map((one) => `${one.part} ${bps(one.bps)}`).join(", ");
  if (found.length === 0) return <span className="text-xs text-dim">not known</span>;
  return (
    <span
      role="img"
      aria-label={`${told}; all in ${bps(route.all_in_bps)} bps`}
      title={`${told}\nall in ${bps(route.all_in_bps)} bps`}
      className="relative block h-4 w-full min-w-32"
    >
      <span className="absolute inset-y-0 w-px bg-dim" style={{ left: `${place(0)}%` }} />
      {found.map((one) => (
        <span
          key={one.part}
          className={`absolute top-1 h-2 ${COLOURS[one.part]}`}
          style={{
            left: `${place(Math.min(one.from, one.to))}%`,
            width: `${place(Math.max(one.from, one.to)) - place(Math.min(one.from, one.to))}%`,
          }}
        />
      ))}
      {route.all_in_bps !== null && (
        <span
          className="absolute inset-y-0 w-0.5 rounded-full bg-text"
          style={{ left: `calc(${place(route.all_in_bps)}% - 1px)` }}
        />
      )}
    </span>
  );
}

export function RouteLegend() {
  return (
    <span className="flex flex-wrap gap-x-3 text-2xs text-dim" aria-hidden>
      {(Object.keys(COLOURS) as Part[]).map((part) => (
        <span key={part} className="inline-flex items-center gap-1">
          <span className={`size-2 rounded-[2px] ${COLOURS[part]}`} />
          {part}
        </span>
      ))}
      <span className="inline-flex items-center gap-1">
        <span className="h-3 w-0.5 bg-text" />
        all in
      </span>
    </span>
  );
}
