import { useMemo } from "react";
import { useTable } from "./live";
import type { Channel, Channels } from "./protocol";

/** The rows of a table as a list, for `DataTable`: the same list until one of them changed. */
export function useRows<C extends Channel, T extends keyof Channels[C] & string>(
  channel: C,
  table: T,
): readonly Channels[C][T][] {
  const rows = useTable(channel, table);
  return useMemo(() => [...rows.values()], [rows]);
}
