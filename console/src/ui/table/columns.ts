import type { ReactNode } from "react";
import { save } from "@/lib/api";

export type Cell = string | number | boolean | null | undefined;

export interface Column<Row> {
  id: string;
  /** Empty: its `title` or `id` is read out instead. */
  head: string;
  /** Shown on the head when hovered: what the column means. */
  title?: string;
  cell: (row: Row) => ReactNode;
  /** What is sorted, filtered and exported by; decimal text counts as a number. Without it the column is not sorted. */
  value?: (row: Row) => Cell;
  align?: "left" | "right";
  /** Least width in px, and its share of what is left over. */
  width?: number;
  grow?: number;
  /** Shown only where the table is at least this wide (px); where there is no room for all, the highest go first. */
  from?: number;
  /** The heading of a row's card on a phone (the first column unless told). */
  primary?: boolean;
  /** False: not on a card. */
  card?: boolean;
}

export const WIDTH = 96;
/** What a row has left and right of its columns. */
const EDGES = 4;

export function tracks<Row>(columns: readonly Column<Row>[]): string {
  return columns.map((column) => `minmax(${column.width ?? WIDTH}px, ${column.grow ?? 1}fr)`).join(" ");
}

export function leastWidth<Row>(columns: readonly Column<Row>[]): number {
  return columns.reduce((total, column) => total + (column.width ?? WIDTH), EDGES);
}

/** The columns that a table of this width has room for: those with the highest `from` go first. Unknown width: all. */
export function fitting<Row>(columns: readonly Column<Row>[], width: number): readonly Column<Row>[] {
  if (width === 0) return columns;
  let shown = columns.filter((column) => !column.from || width >= column.from);
  while (leastWidth(shown) > width) {
    const last = shown.reduce<Column<Row> | undefined>(
      (most, one) => ((one.from ?? 0) > (most?.from ?? 0) ? one : most),
      undefined,
    );
    if (!last) break;
    shown = shown.filter((column) => column !== last);
  }
  return shown;
}

/** Ascending; text by its numbers where it has some. What is not known is kept last by the table. */
export function compare(a: Cell, b: Cell): number {
  const [x, y] = [Number(a), Number(b)];
  if (a !== "" && b !== "" && Number.isFinite(x) && Number.isFinite(y)) return x - y;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

export function known(value: Cell): Cell {
  return value === null || (typeof value === "number" && Number.isNaN(value)) ? undefined : value;
}

/** Whether every word of `text` is in some value of the row. */
export function matches<Row>(row: Row, columns: readonly Column<Row>[], text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const all = columns.map((column) => String(column.value?.(row) ?? "").toLowerCase()).join("\n");
  return words.every((word) => all.includes(word));
}

export function csv<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const told = columns.filter((column) => column.value);
  const lines = [
    told.map((column) => column.head),
    ...rows.map((row) => told.map((column) => column.value?.(row))),
  ];
  return `${lines.map((line) => line.map(quoted).join(",")).join("\r\n")}\r\n`;
}

/** Text that a spreadsheet would take for a formula is kept from being one. */
function quoted(value: Cell): string {
  const text = String(value ?? "");
  const safe =
    typeof value === "string" && /^[=+\-@\t]/.test(text) && !/^[+-]?[\d.]+$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function saveCsv<Row>(rows: readonly Row[], columns: readonly Column<Row>[], name: string): void {
  save(new Blob([csv(rows, columns)], { type: "text/csv" }), name.endsWith(".csv") ? name : `${name}.csv`);
}
