/** The list of entries, newest first, as pages come in from both ends. */
import type { EntryShape } from "@/lib/types";

/** Newer entries before the known ones, each once. */
export function newer(known: readonly EntryShape[], found: readonly EntryShape[]): EntryShape[] {
  const head = known[0]?.seq ?? 0;
  const fresh = found.filter((one) => one.seq > head);
  return fresh.length ? [...fresh, ...known] : (known as EntryShape[]);
}

/** Older entries behind the known ones, each once. */
export function older(known: readonly EntryShape[], found: readonly EntryShape[]): EntryShape[] {
  const tail = known[known.length - 1]?.seq ?? Number.POSITIVE_INFINITY;
  const rest = found.filter((one) => one.seq < tail);
  return rest.length ? [...known, ...rest] : (known as EntryShape[]);
}

/**
 * Whether a page of what is new leaves a hole before what is known: then the list begins anew. `before` is how far
 * back the gateway looked for it.
 */
export function holed(known: readonly EntryShape[], found: readonly EntryShape[], before: number): boolean {
  const oldest = found[found.length - 1];
  const head = known[0];
  return head !== undefined && oldest !== undefined && oldest.seq > head.seq && before > head.seq;
}

/** The place of the cursor after a key, of `count` rows; -1 for none. */
export function moved(at: number, key: string, count: number, page = 10): number {
  if (count === 0) return -1;
  const step: Record<string, number> = {
    j: 1,
    ArrowDown: 1,
    k: -1,
    ArrowUp: -1,
    PageDown: page,
    PageUp: -page,
    Home: -count,
    End: count,
  };
  const by = step[key];
  if (by === undefined) return at;
  return Math.min(Math.max((at < 0 ? (by > 0 ? -1 : 0) : at) + by, 0), count - 1);
}
