export interface Slice {
  part: string;
  /** Signed: costs are negative. */
  value: number;
  /** From and to, stacked away from zero. */
  from: number;
  to: number;
}

/** Gains stacked to the right of zero, costs to the left, in the order given; what is nothing is left out. */
export function stacked(parts: readonly (readonly [string, number | null])[]): Slice[] {
  let right = 0;
  let left = 0;
  const found: Slice[] = [];
  for (const [part, value] of parts) {
    if (!value) continue;
    const from = value > 0 ? right : left;
    const to = from + value;
    if (value > 0) right = to;
    else left = to;
    found.push({ part, value, from, to });
  }
  return found;
}

/** The scale that bars share: the farthest left and right of any, with zero inside, never empty. */
export function reach(bars: readonly (readonly Slice[])[], totals: readonly number[] = []): [number, number] {
  const ends = [0, ...totals, ...bars.flatMap((bar) => bar.map((slice) => slice.to))];
  const low = Math.min(...ends);
  const high = Math.max(...ends);
  return high - low > 0 ? [low, high] : [-1, 1];
}

export interface StackBarProps {
  slices: readonly Slice[];
  /** The mark: what all of it comes to; null for none. */
  total: number | null;
  scale: readonly [number, number];
  colours: Record<string, string>;
  /** All of it in words. */
  label: string;
}

/** What something is made of: gains right of zero, costs left of it, a mark at what is left. */
export function StackBar({ slices, total, scale, colours, label }: StackBarProps) {
  const [low, high] = scale;
  const place = (value: number) => (100 * (value - low)) / (high - low);
  return (
    <span role="img" aria-label={label} title={label} className="relative block h-4 w-full min-w-24">
      <span className="absolute inset-y-0 w-px bg-dim" style={{ left: `${place(0)}%` }} />
      {slices.map((one) => (
        <span
          key={one.part}
          className={`absolute top-1 h-2 ${colours[one.part] ?? "bg-soft"}`}
          style={{
            left: `${place(Math.min(one.from, one.to))}%`,
            width: `${place(Math.max(one.from, one.to)) - place(Math.min(one.from, one.to))}%`,
          }}
        />
      ))}
      {total !== null && (
        <span
          className="absolute inset-y-0 w-0.5 rounded-full bg-text"
          style={{ left: `calc(${place(total)}% - 1px)` }}
        />
      )}
    </span>
  );
}

/** What the colours of bars mean; `total` names the mark. */
export function Legend({ colours, total }: { colours: Record<string, string>; total: string }) {
  return (
    <span className="hidden flex-wrap gap-x-3 text-2xs text-dim sm:flex" aria-hidden>
      {Object.entries(colours).map(([part, colour]) => (
        <span key={part} className="inline-flex items-center gap-1">
          <span className={`size-2 rounded-[2px] ${colour}`} />
          {part}
        </span>
      ))}
      <span className="inline-flex items-center gap-1">
        <span className="h-3 w-0.5 bg-text" />
        {total}
      </span>
    </span>
  );
}
