import { render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { type Column, DataTable } from "@/ui";
import { compare, csv, fitting } from "@/ui/table/columns";

interface Row {
  id: string;
  name: string;
  worth: string | null;
}

const ROWS: Row[] = [
  { id: "1", name: "alpha", worth: "9.50" },
  { id: "2", name: "beta", worth: "100.25" },
  { id: "3", name: "gamma", worth: null },
  { id: "4", name: "delta", worth: "-3" },
];
const COLUMNS: Column<Row>[] = [
  { id: "name", head: "Name", value: (row) => row.name, cell: (row) => row.name },
  { id: "worth", head: "Worth", align: "right", value: (row) => row.worth, cell: (row) => row.worth ?? "–" },
  { id: "act", head: "Act", cell: () => <button type="button">x</button> },
];

const names = () =>
  screen
    .getAllByRole("row")
    .slice(1)
    .map((row) => within(row).getAllByRole("gridcell")[0]?.textContent);

it("sorts decimal text by its number, the unknown last either way", async () => {
  render(
    <DataTable
      rows={ROWS}
      columns={COLUMNS}
      rowKey={(row) => row.id}
      initialSort={{ id: "worth", desc: true }}
    />,
  );
  expect(names()).toEqual(["beta", "alpha", "delta", "gamma"]);
  const head = screen.getByRole("columnheader", { name: "Worth" });
  expect(head).toHaveAttribute("aria-sort", "descending");
  await userEvent.click(within(head).getByRole("button"));
  expect(names()).toEqual(["delta", "alpha", "beta", "gamma"]);
});

it("filters by words in any column", async () => {
  render(<DataTable rows={ROWS} columns={COLUMNS} rowKey={(row) => row.id} filter label="things" />);
  await userEvent.type(screen.getByLabelText("Filter things"), "a 100");
  expect(names()).toEqual(["beta"]);
  expect(screen.getByText("1 of 4")).toBeInTheDocument();
});

it("is walked with j and k, and opened with Enter; the cursor stays with its row", async () => {
  const onOpen = vi.fn();
  const { rerender } = render(
    <DataTable rows={ROWS} columns={COLUMNS} rowKey={(row) => row.id} onOpen={onOpen} label="t" />,
  );
  const grid = screen.getByRole("grid");
  grid.focus();
  await userEvent.keyboard("j{Enter}");
  expect(onOpen).toHaveBeenLastCalledWith(ROWS[1]);
  rerender(
    <DataTable
      rows={[...ROWS].reverse()}
      columns={COLUMNS}
      rowKey={(row) => row.id}
      onOpen={onOpen}
      label="t"
    />,
  );
  await userEvent.keyboard("{Enter}k{Enter}");
  expect(onOpen.mock.calls.map(([row]) => row.name).slice(1)).toEqual(["beta", "gamma"]);
});

it("says that it is empty", () => {
  render(<DataTable rows={[]} columns={COLUMNS} rowKey={(row: Row) => row.id} empty={<p>none yet</p>} />);
  expect(screen.getByText("none yet")).toBeInTheDocument();
});

it("writes CSV that no spreadsheet takes for a formula", () => {
  const rows = [
    { id: "1", name: '=cmd("x")', worth: "-1.5" },
    { id: "2", name: "a, b", worth: null },
  ];
  expect(csv(rows, COLUMNS)).toBe('Name,Worth\r\n"\'=cmd(""x"")",-1.5\r\n"a, b",\r\n');
});

it("gives up columns by their `from` until the rest fits", () => {
  const columns: Column<Row>[] = [
    { id: "a", head: "a", cell: () => "", width: 100 },
    { id: "b", head: "b", cell: () => "", width: 100, from: 200 },
    { id: "c", head: "c", cell: () => "", width: 100, from: 250 },
  ];
  const ids = (width: number) => fitting(columns, width).map((column) => column.id);
  expect(ids(0)).toEqual(["a", "b", "c"]);
  expect(ids(320)).toEqual(["a", "b", "c"]);
  expect(ids(260)).toEqual(["a", "b"]);
  expect(ids(90)).toEqual(["a"]);
});

it("compares numbers as numbers and text as people do", () => {
  expect(compare("10", "9")).toBeGreaterThan(0);
  expect(compare("item 10", "item 9")).toBeGreaterThan(0);
});
