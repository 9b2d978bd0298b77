import { Download } from "lucide-react";
import { Button, type Column } from "@/ui";
import { matches, saveCsv } from "@/ui/table/columns";

export interface CsvButtonProps<Row> {
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  name: string;
  /** Only what the table shows of them. */
  filter?: string;
}

/** Saves what a table shows, for the head of its card. */
export function CsvButton<Row>({ rows, columns, name, filter = "" }: CsvButtonProps<Row>) {
  return (
    <Button
      size="sm"
      kind="ghost"
      icon={Download}
      title="Save what is shown as CSV"
      disabled={rows.length === 0}
      onClick={() =>
        saveCsv(
          rows.filter((row) => matches(row, columns, filter)),
          columns,
          name,
        )
      }
    >
      CSV
    </Button>
  );
}
