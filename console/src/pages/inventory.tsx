import { ArrowRightLeft, Scale, Vault } from "lucide-react";
import { useMemo } from "react";
import { CsvButton } from "@/features/CsvButton";
import { MatrixTable } from "@/features/inventory/MatrixTable";
import { matrix, progress } from "@/features/inventory/matrix";
import { REDUCTIONS, TRANSFERS, TransferDetails } from "@/features/inventory/Transfers";
import { Loading } from "@/features/Loading";
import { useNewest } from "@/features/rows";
import { useApi } from "@/lib/api";
import { money, percent, sum } from "@/lib/format";
import { useHeard, useTable } from "@/lib/live";
import { setParams, useRoute } from "@/lib/router";
import type { InventoryRow, InventoryShape, TransferRow } from "@/lib/types";
import { Card, type Column, DataTable, Empty, ErrorState, Page, Stat } from "@/ui";

const EVERY_MS = 5_000;
const NEVER = Number.POSITIVE_INFINITY;

/** For the file: what the matrix shows, a line a coin. */
const CSV: readonly Column<InventoryRow>[] = (
  ["venue", "wallet", "asset", "amount", "price", "value"] as const
).map((id) => ({
  id,
  head: id,
  from: NEVER,
  cell: () => null,
  value: (row) => row[id],
}));

export default function Inventory() {
  const { params } = useRoute();
  const asked = useApi<InventoryShape>("/v1/inventory", { every: EVERY_MS });
  const transfers = useNewest(useTable("status", "transfers"), (row) => row.asked_ms);
  const reductions = useNewest(useTable("status", "reductions"), (row) => row.at_ms);
  const found = useMemo(() => matrix(asked.data?.rows ?? []), [asked.data]);
  const quote = asked.data?.quote ?? "";
  const stamped = { at: asked.dataUpdatedAt, lateMs: 3 * EVERY_MS };
  const heard = useHeard("status");
  const opened = transfers.find((one) => one.id === params.get("transfer"));

  return (
    <Page title="Inventory">
      <Loading until={heard && !asked.isPending}>
        <Card title="Now" age={stamped}>
          <div className="grid grid-cols-2 gap-x-6 gap-y-3 lg:grid-cols-[repeat(4,minmax(0,1fr))_minmax(0,2fr)]">
            <Stat
              label={`In all wallets, ${quote}`}
              value={asked.data ? found.value : null}
              delta={
                found.unpriced.length
                  ? `${found.unpriced.join(", ")} without a price`
                  : `${found.wallets.length} wallets`
              }
            />
            <Stat
              label="Largest wallet"
              value={<span>{percent(found.wallets[0]?.share, 0)}</span>}
              delta={found.wallets[0]?.wallet ?? ""}
            />
            <Stat
              label="On its way"
              value={transfers.filter((one) => progress(one.state) === "moving").length}
              digits={0}
              delta={moving(transfers)}
              age="status"
            />
            <Stat
              label="Lost on transfers"
              value={sum(transfers.map((one) => one.cost))}
              delta={`of the last ${transfers.length}`}
              age="status"
            />
            <NextMove text={asked.data?.next_rebalance} />
          </div>
        </Card>
        <Card
          flush
          title="Wallets by assets, as the books have them"
          age={stamped}
          actions={<CsvButton rows={asked.data?.rows ?? []} columns={CSV} name="inventory" />}
        >
          {asked.isError && !asked.data ? (
            <ErrorState error={asked.error} onRetry={() => void asked.refetch()} />
          ) : found.wallets.length === 0 ? (
            <Empty icon={Vault} title="Nothing is in the books yet" className="min-h-64">
              Once the run has read its wallets, or been given its capital, every coin stands here with what
              it is worth.
            </Empty>
          ) : (
            <MatrixTable found={found} quote={quote} />
          )}
        </Card>
        <div className="grid grid-cols-1 items-start gap-3 2xl:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
          <Card
            flush
            title={`Transfers ${transfers.length}`}
            age="status"
            actions={<CsvButton rows={transfers} columns={TRANSFERS} name="transfers" />}
          >
            <DataTable
              label="Transfers"
              rows={transfers}
              columns={TRANSFERS}
              rowKey={(row) => row.id}
              dense
              height="420px"
              selected={opened?.id}
              onOpen={(row) => setParams({ transfer: row.id }, true)}
              empty={
                <Empty icon={ArrowRightLeft} title="No money was moved yet">
                  Quote moves to the shorts when their margin is used beyond the top-up, and back when profit
                  may leave. Each move is a line here, from being asked to being booked.
                </Empty>
              }
            />
          </Card>
          <Card flush title={`Reductions ${reductions.length}`} age="status">
            <DataTable
              label="Reductions"
              rows={reductions}
              columns={REDUCTIONS}
              rowKey={(row) => row.key}
              dense
              height="420px"
              empty={
                <Empty icon={Scale} title="No pair was reduced for its margin">
                  Where a wallet's margin passes its ceiling and no money comes in time, a part of its pairs
                  is closed. Each time is a line here.
                </Empty>
              }
            />
          </Card>
        </div>
      </Loading>
      <TransferDetails row={opened} onClose={() => setParams({ transfer: null })} />
    </Page>
  );
}

function moving(transfers: readonly TransferRow[]): string {
  const first = transfers.find((one) => progress(one.state) === "moving");
  return first ? `${money(first.amount, { digits: 0 })} ${first.asset}` : "nothing under way";
}

function NextMove({ text }: { text: string | undefined }) {
  return (
    <div className="col-span-2 flex min-w-0 flex-col gap-0.5 lg:col-span-1">
      <span className="text-2xs text-dim">Next rebalance</span>
      <p className="text-sm text-text">
        {text === undefined ? "–" : text || "None is near: every wallet is between its floor and its top-up."}
      </p>
    </div>
  );
}
