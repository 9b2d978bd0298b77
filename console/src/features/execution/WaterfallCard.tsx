import { Waterfall } from "@/features/trace/waterfall";
import { useApi } from "@/lib/api";
import { time } from "@/lib/format";
import { setParams } from "@/lib/router";
import type { SagaRow, TraceShape, WaterfallShape } from "@/lib/types";
import { Card, Empty, ErrorState, Select, Skeleton } from "@/ui";
import { sagaTitle } from "./words";

/** The first order of an execution as a waterfall: of the newest that sent one, or of the chosen one. */
export function WaterfallCard({ finished, chosen }: { finished: readonly SagaRow[]; chosen: string }) {
  const sent = finished.filter((one) => one.orders.length > 0).slice(0, 30);
  const id = sent.find((one) => one.id === chosen)?.id ?? sent[0]?.id ?? "";
  const asked = useApi<TraceShape>(`/v1/traces/${encodeURIComponent(id)}`, { when: id !== "", keep: true });
  const best = longest(asked.data?.waterfalls ?? []);
  return (
    <Card
      title="Where an order's time went"
      age={{ at: asked.dataUpdatedAt }}
      actions={
        sent.length > 0 && (
          <Select
            label="Of which execution"
            quiet
            small
            value={id}
            onChange={(way) => setParams({ way: way === sent[0]?.id ? null : way })}
            options={sent.map((one, n) => ({
              value: one.id,
              label: `${n === 0 ? "newest: " : ""}${sagaTitle(one)}, ${time(one.ended_ms)}`,
            }))}
          />
        )
      }
    >
      <div className="min-h-[230px]">
        {id === "" ? (
          <Empty title="No order has left yet">
            The way of the first one is drawn here, from the tick that raised its signal to its fill.
          </Empty>
        ) : asked.isPending ? (
          <Skeleton height={230} />
        ) : asked.isError ? (
          <ErrorState error={asked.error} onRetry={() => void asked.refetch()} />
        ) : best ? (
          <Waterfall waterfall={best} />
        ) : (
          <Empty title="No stages of it were written">
            A backtest and a run of an older version measure none.
          </Empty>
        )}
      </div>
    </Card>
  );
}

/** The order that tells most: its tick is known. */
function longest(found: readonly WaterfallShape[]): WaterfallShape | undefined {
  return found.reduce<WaterfallShape | undefined>(
    (best, one) => (best && best.stages.length >= one.stages.length ? best : one),
    undefined,
  );
}
