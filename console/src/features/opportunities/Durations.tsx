import { age } from "@/lib/format";
import { useNow } from "@/lib/live";
import { durations, profile, type Window } from "./windows";

/** How long windows lasted, and how many of each length were taken. */
export function Durations({ found }: { found: readonly Window[] }) {
  const now = useNow(10_000);
  const buckets = durations(found, now);
  const most = Math.max(1, ...buckets.map((one) => one.count));
  const all = profile(found);
  return (
    <div className="flex flex-col gap-2">
      <ul className="grid grid-cols-[4rem_1fr_3.5rem] items-center gap-x-2 gap-y-1 text-2xs tabular-nums">
        {buckets.map((one) => (
          <li key={one.label} className="contents">
            <span className="text-right text-dim">{one.label}</span>
            <span className="flex h-3.5 overflow-hidden rounded-[2px] bg-ground" aria-hidden>
              <span className="bg-lime" style={{ width: `${(100 * one.captured) / most}%` }} />
              <span className="bg-edge" style={{ width: `${(100 * (one.count - one.captured)) / most}%` }} />
            </span>
            <span className={one.count ? "text-soft" : "text-dim"}>
              {one.captured}
              <span className="text-dim"> of {one.count}</span>
            </span>
          </li>
        ))}
      </ul>
      <p className="text-2xs text-dim">
        <span aria-hidden className="mr-1 inline-block size-2 rounded-[2px] bg-lime" />
        taken
        <span aria-hidden className="mr-1 ml-3 inline-block size-2 rounded-[2px] bg-edge" />
        let go
        <span className="ml-3">
          median {all.medianSeconds === null ? "–" : age(all.medianSeconds * 1000)}
        </span>
      </p>
    </div>
  );
}
