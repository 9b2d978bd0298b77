import { createSortedRowModel, rowSortingFeature, tableFeatures, useTable } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { Download, Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useId, useMemo, useRef, useState } from "react";
import { usePrefs } from "@/lib/prefs";
import { Button } from "../button";
import { Input } from "../fields";
import { Empty } from "../states";
import { useWidth } from "../use-width";
import { type Column, compare, fitting, known, leastWidth, matches, saveCsv, tracks } from "./columns";
import { CardRow, GridHead, GridRow } from "./parts";

export type { Column } from "./columns";

export interface DataTableProps<Row extends object> {
  rows: readonly Row[];
  /** Keep it out of the render (a constant of the module, or useMemo): rows are drawn again when it changes. */
  columns: readonly Column<Row>[];
  rowKey: (row: Row) => string;
  /** A click, or Enter on the row that the cursor is on. */
  onOpen?: (row: Row) => void;
  /** Instead of rows where there are none. */
  empty?: ReactNode;
  initialSort?: { id: string; desc?: boolean };
  /** True: a field to filter by; text: filtered by that. */
  filter?: boolean | string;
  /** A button that saves what is shown. */
  csvName?: string;
  dense?: boolean;
  /** What it is, for screen readers. */
  label?: string;
  /** The most it is high before it scrolls: CSS. */
  height?: string;
  /** The row shown as chosen. */
  selected?: string;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });
/** Narrower than this, each row is a card. */
const CARDS_BELOW = 560;
/** With more rows than this only those in sight are in the document. */
const ALL_BELOW = 80;

export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { rows, columns, rowKey, onOpen, initialSort, csvName, label, selected } = props;
  const dense = usePrefs().density === "dense" || (props.dense ?? false);
  const [words, setWords] = useState("");
  const filter = typeof props.filter === "string" ? props.filter : words;
  const [width, frame] = useWidth<HTMLDivElement>();
  const cards = width > 0 && width < CARDS_BELOW;

  const shown = useMemo(
    () => (cards ? columns.filter((column) => column.card !== false) : fitting(columns, width)),
    [cards, columns, width],
  );
  const data = useMemo(
    () => (filter ? rows.filter((row) => matches(row, columns, filter)) : rows),
    [rows, columns, filter],
  );
  const definitions = useMemo(
    () =>
      columns.map((column) => ({
        id: column.id,
        header: column.head,
        accessorFn: (row: Row) => known(column.value?.(row)),
        enableSorting: column.value !== undefined,
        sortUndefined: "last" as const,
        sortDescFirst: column.align === "right",
        sortFn: (
          a: { getValue: (id: string) => unknown },
          b: { getValue: (id: string) => unknown },
          id: string,
        ) => compare(a.getValue(id) as string, b.getValue(id) as string),
      })),
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data,
    getRowId: rowKey,
    enableSortingRemoval: true,
    initialState: { sorting: initialSort ? [{ id: initialSort.id, desc: initialSort.desc ?? false }] : [] },
  });
  const sorting = table.state.sorting[0];
  const sorted = table.getRowModel().rows;
  const pick = (id: string) => table.getColumn(id)?.toggleSorting(undefined, false);

  const scroller = useRef<HTMLDivElement>(null);
  const virtual = sorted.length > ALL_BELOW;
  const rowHeight = dense ? 28 : 34;
  const virtualizer = useVirtualizer({
    count: sorted.length,
    enabled: virtual,
    getScrollElement: () => scroller.current,
    estimateSize: () => (cards ? 36 + Math.ceil((shown.length - 1) / 2) * 38 : rowHeight),
    getItemKey: (index) => sorted[index]?.id ?? index,
    overscan: 8,
  });
  const inSight = virtual
    ? virtualizer.getVirtualItems().map((item) => item.index)
    : Array.from(sorted.keys());
  const before = virtual ? (virtualizer.getVirtualItems()[0]?.start ?? 0) : 0;
  const after = virtual ? virtualizer.getTotalSize() - (virtualizer.getVirtualItems().at(-1)?.end ?? 0) : 0;

  // The cursor is on a row, not on a place: it stays with it when the order changes.
  const [cursor, setCursor] = useState<string | null>(null);
  const name = useId();
  const at = cursor === null ? -1 : sorted.findIndex((row) => row.id === cursor);
  const move = (to: number) => {
    const next = sorted[Math.max(0, Math.min(sorted.length - 1, to))];
    if (!next) return;
    setCursor(next.id);
    if (virtual) virtualizer.scrollToIndex(sorted.indexOf(next));
    else document.getElementById(`${name}-${next.id}`)?.scrollIntoView({ block: "nearest" });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const steps: Record<string, number> = {
      j: at + 1,
      ArrowDown: at + 1,
      k: at < 0 ? 0 : at - 1,
      ArrowUp: at < 0 ? 0 : at - 1,
      PageDown: at + 10,
      PageUp: at - 10,
      Home: 0,
      End: sorted.length - 1,
    };
    const step = steps[event.key];
    if (step !== undefined) move(step);
    else if (event.key === "Enter" && at >= 0 && sorted[at]) onOpen?.(sorted[at].original);
    else return;
    event.preventDefault();
  };

  const tools = props.filter === true || csvName;
  return (
    <div ref={frame} className="flex min-w-0 flex-col">
      {tools && (
        <div className="flex items-center gap-2 border-b border-line px-3 py-2">
          {props.filter === true && (
            <Input
              label={`Filter ${label ?? "rows"}`}
              quiet
              small
              icon={Search}
              placeholder="Filter"
              data-filter
              value={words}
              onChange={(event) => setWords(event.target.value)}
              className="w-full max-w-56"
            />
          )}
          <span className="ml-auto whitespace-nowrap text-2xs text-dim">
            {data.length === rows.length ? rows.length : `${data.length} of ${rows.length}`}
          </span>
          {csvName && (
            <Button
              size="sm"
              kind="ghost"
              icon={Download}
              title="Save what is shown as CSV"
              disabled={sorted.length === 0}
              onClick={() =>
                saveCsv(
                  sorted.map((row) => row.original),
                  columns,
                  csvName,
                )
              }
            >
              CSV
            </Button>
          )}
        </div>
      )}
      <div
        ref={scroller}
        role="grid"
        aria-label={label}
        aria-rowcount={sorted.length + 1}
        aria-activedescendant={at >= 0 ? `${name}-${cursor}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onFocus={(event) =>
          event.target === event.currentTarget &&
          at < 0 &&
          event.currentTarget.matches(":focus-visible") &&
          move(0)
        }
        className="min-w-0 overflow-auto outline-offset-[-2px]"
        style={{ maxHeight: props.height ?? "min(72dvh, 760px)" }}
      >
        <div style={cards ? undefined : { minWidth: leastWidth(shown) }}>
          <GridHead columns={shown} cards={cards} sorting={sorting} onPick={pick} tracks={tracks(shown)} />
          {sorted.length === 0 && (
            <div role="row">
              <div role="gridcell">{props.empty ?? <Empty title="Nothing here" />}</div>
            </div>
          )}
          {before > 0 && <div aria-hidden style={{ height: before }} />}
          {inSight.map((index) => {
            const row = sorted[index];
            if (!row) return null;
            const Kind = cards ? CardRow<Row> : GridRow<Row>;
            return (
              <Kind
                key={row.id}
                id={`${name}-${row.id}`}
                index={index}
                row={row.original}
                columns={shown}
                tracks={tracks(shown)}
                dense={dense}
                cursor={row.id === cursor}
                selected={row.id === selected}
                onOpen={onOpen}
                measure={virtual && cards ? virtualizer.measureElement : undefined}
              />
            );
          })}
          {after > 0 && <div aria-hidden style={{ height: after }} />}
        </div>
      </div>
    </div>
  );
}
