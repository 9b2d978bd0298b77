import { useMemo } from "react";

/** The rows of a table of the stream as a list, the newest first by `when`. */
export function useNewest<Row>(table: ReadonlyMap<string, Row>, when: (row: Row) => number): Row[] {
  // biome-ignore lint/correctness/useExhaustiveDependencies: `when` only names a field
  return useMemo(() => [...table.values()].sort((a, b) => when(b) - when(a)), [table]);
}

/** The values that a field has, in order, for a list to choose from. */
export function distinct<Row>(rows: readonly Row[], of: (row: Row) => string): string[] {
  return [...new Set(rows.map(of))].filter(Boolean).sort();
}
