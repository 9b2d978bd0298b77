import { ArrowDown, ArrowUp } from "lucide-react";
import { memo, type ReactElement } from "react";
import { cx } from "../cx";
import type { Column } from "./columns";

export interface RowProps<Row> {
  id: string;
  index: number;
  row: Row;
  columns: readonly Column<Row>[];
  tracks: string;
  dense: boolean;
  cursor: boolean;
  selected: boolean;
  onOpen?: (row: Row) => void;
  measure?: (element: HTMLElement | null) => void;
}

interface HeadProps<Row> {
  columns: readonly Column<Row>[];
  cards: boolean;
  sorting: { id: string; desc: boolean } | undefined;
  onPick: (id: string) => void;
  tracks: string;
}

export function GridHead<Row>({ columns, cards, sorting, onPick, tracks }: HeadProps<Row>) {
  return (
    <div
      role="row"
      aria-rowindex={1}
      className={cx("sticky top-0 z-10 border-b border-line bg-panel", cards ? "sr-only" : "grid px-0.5")}
      style={cards ? undefined : { gridTemplateColumns: tracks }}
    >
      {columns.map((column) => {
        const mine = sorting?.id === column.id;
        const Arrow = sorting?.desc ? ArrowDown : ArrowUp;
        const looks = cx(
          "flex h-8 min-w-0 items-center gap-1 px-2.5 text-2xs font-medium text-dim",
          column.align === "right" && "flex-row-reverse text-right",
        );
        return (
          <div
            key={column.id}
            role="columnheader"
            title={column.title}
            aria-sort={mine ? (sorting?.desc ? "descending" : "ascending") : undefined}
            className={cx("min-w-0", !column.value && looks)}
          >
            {column.value ? (
              <button
                type="button"
                onClick={() => onPick(column.id)}
                className={cx(looks, "w-full -outline-offset-2 hover:text-text")}
              >
                <span className="relative min-w-0">
                  <span className="block truncate">
                    <Head column={column} />
                  </span>
                  {mine && (
                    <Arrow
                      aria-hidden
                      className={cx(
                        "absolute top-0.5 size-3 text-lime",
                        column.align === "right" ? "-left-3.5" : "-right-3.5",
                      )}
                    />
                  )}
                </span>
              </button>
            ) : (
              <span className="truncate">
                <Head column={column} />
              </span>
            )}
          </div>
        );
      })}
    </div>
  );
}

/** A column without a heading to see has one to hear. */
function Head<Row>({ column }: { column: Column<Row> }) {
  return column.head ? column.head : <span className="sr-only">{column.title ?? column.id}</span>;
}

const LOOKS = (cursor: boolean, selected: boolean, opens: boolean) =>
  cx(
    "border-b border-line/60 last:border-b-0",
    cursor
      ? "bg-raised shadow-[inset_2px_0_0_var(--color-lime)]"
      : selected
        ? "bg-lime-deep/60"
        : opens && "hover:bg-raised/60",
    opens && "cursor-pointer",
  );

function Grid<Row>({ id, index, row, columns, tracks, dense, cursor, selected, onOpen }: RowProps<Row>) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the grid does the same
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected || undefined}
      onClick={onOpen && (() => onOpen(row))}
      className={cx(
        "grid items-center px-0.5",
        dense ? "min-h-7 text-xs" : "min-h-8.5 text-sm",
        LOOKS(cursor, selected, !!onOpen),
      )}
      style={{ gridTemplateColumns: tracks }}
    >
      {columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={cx("min-w-0 truncate px-2.5 tabular-nums", column.align === "right" && "text-right")}
        >
          {column.cell(row)}
        </div>
      ))}
    </div>
  );
}

function Card<Row>({ id, index, row, columns, cursor, selected, onOpen, measure }: RowProps<Row>) {
  const first = columns.find((column) => column.primary) ?? columns[0];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the grid does the same
    <div
      id={id}
      ref={measure}
      data-index={index}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={selected || undefined}
      onClick={onOpen && (() => onOpen(row))}
      className={cx("grid grid-cols-2 gap-x-4 gap-y-1.5 px-3 py-2.5", LOOKS(cursor, selected, !!onOpen))}
    >
      {first && (
        <div role="gridcell" className="col-span-2 min-w-0 truncate text-sm font-medium">
          {first.cell(row)}
        </div>
      )}
      {columns
        .filter((column) => column !== first)
        .map((column) => (
          <div
            key={column.id}
            role="gridcell"
            className="flex min-w-0 items-baseline justify-between gap-2 text-xs"
          >
            <span className="shrink-0 text-2xs text-dim">{column.head}</span>
            <span className="min-w-0 truncate text-right tabular-nums">{column.cell(row)}</span>
          </div>
        ))}
    </div>
  );
}

export const GridRow = memo(Grid) as <Row>(props: RowProps<Row>) => ReactElement;
export const CardRow = memo(Card) as <Row>(props: RowProps<Row>) => ReactElement;
