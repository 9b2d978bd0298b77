import { ScrollText, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { get, useApi } from "@/lib/api";
import { stamp } from "@/lib/format";
import type { AuditRow } from "@/lib/types";
import {
  Badge,
  Button,
  Card,
  Choice,
  type Column,
  DataTable,
  Empty,
  ErrorState,
  Skeleton,
  toast,
} from "@/ui";

interface AuditPage {
  rows: readonly AuditRow[];
  trouble: string;
}

const PAGE = 200;

const COLUMNS: Column<AuditRow>[] = [
  {
    id: "at",
    head: "When",
    cell: (row) => stamp(row.at_ms),
    value: (row) => stamp(row.at_ms, true),
    width: 160,
    grow: 0.6,
  },
  {
    id: "who",
    head: "Who",
    cell: (row) => row.who || <span className="text-dim">unknown</span>,
    value: (row) => row.who,
    width: 110,
    grow: 0.6,
  },
  {
    id: "what",
    head: "What",
    cell: (row) => row.what,
    value: (row) => row.what,
    width: 110,
    grow: 0.8,
    primary: true,
  },
  {
    id: "text",
    head: "Detail",
    cell: (row) => <span title={row.text}>{row.text}</span>,
    value: (row) => row.text,
    width: 180,
    grow: 3,
  },
  {
    id: "ok",
    head: "Outcome",
    cell: (row) => (row.ok ? <span className="text-soft">done</span> : <Badge tone="bad">refused</Badge>),
    value: (row) => (row.ok ? "done" : "refused"),
    width: 90,
    grow: 0.4,
  },
  {
    id: "scope",
    head: "Scope",
    cell: (row) => row.scope,
    value: (row) => row.scope,
    width: 72,
    grow: 0.4,
    from: 900,
  },
  {
    id: "address",
    head: "From",
    cell: (row) => row.address,
    value: (row) => row.address,
    width: 120,
    grow: 0.6,
    from: 760,
  },
];

/** Every control, sign-in and refusal of one. */
export function Audit() {
  const first = useApi<AuditPage>("/v1/audit", { query: { limit: PAGE }, every: 10_000, keep: true });
  const [older, setOlder] = useState<readonly AuditRow[]>([]);
  const [busy, setBusy] = useState(false);
  const [whole, setWhole] = useState(false);
  const [which, setWhich] = useState<"all" | "refused">("all");
  const rows = useMemo(() => joined(first.data?.rows ?? [], older), [first.data, older]);
  const shown = which === "all" ? rows : rows.filter((row) => !row.ok);
  const filled = (first.data?.rows.length ?? 0) >= PAGE;
  useEffect(() => {
    if (first.data !== undefined && !filled) setWhole(true);
  }, [first.data, filled]);
  const more = async () => {
    setBusy(true);
    try {
      const page = await get<AuditPage>("/v1/audit", { limit: PAGE, before_ms: rows.at(-1)?.at_ms });
      setOlder((old) => [...old, ...page.rows]);
      setWhole(page.rows.length < PAGE);
    } catch (error) {
      toast.bad(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card
      title="Audit log"
      age={{ at: first.dataUpdatedAt, lateMs: 30_000 }}
      actions={
        <Choice
          label="Which rows"
          value={which}
          onChange={setWhich}
          options={[
            { value: "all", label: "All" },
            { value: "refused", label: "Refused" },
          ]}
        />
      }
      flush
    >
      {first.data?.trouble && (
        <p
          role="alert"
          className="flex items-center gap-2 border-b border-line bg-bad-deep px-3 py-2 text-xs text-bad"
        >
          <TriangleAlert aria-hidden className="size-4" /> {first.data.trouble}
        </p>
      )}
      {first.data === undefined ? (
        first.isError ? (
          <ErrorState error={first.error} onRetry={() => void first.refetch()} />
        ) : (
          <Skeleton lines={10} />
        )
      ) : (
        <>
          <DataTable
            label="Audit log"
            rows={shown}
            columns={COLUMNS}
            rowKey={keyOf}
            filter
            csvName="titan-audit"
            dense
            empty={
              <Empty
                icon={ScrollText}
                title={which === "refused" ? "Nothing was refused" : "Nothing is written yet"}
              />
            }
          />
          {!whole && (
            <div className="flex justify-center border-t border-line p-2">
              <Button size="sm" busy={busy} onClick={() => void more()}>
                Older rows
              </Button>
            </div>
          )}
        </>
      )}
    </Card>
  );
}

function keyOf(row: AuditRow): string {
  return `${row.at_ms} ${row.who} ${row.what} ${row.text}`;
}

/** Newest first, each once. */
function joined(newest: readonly AuditRow[], older: readonly AuditRow[]): readonly AuditRow[] {
  const seen = new Set<string>();
  return [...newest, ...older]
    .filter((row) => {
      const key = keyOf(row);
      return !seen.has(key) && seen.add(key);
    })
    .sort((a, b) => b.at_ms - a.at_ms);
}
