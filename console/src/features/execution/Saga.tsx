import { ChevronRight } from "lucide-react";
import { useState } from "react";
import { TraceView } from "@/features/trace";
import { age, moment, money, percent, signOf, stamp, time, zone } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { SagaOrderShape, SagaRow } from "@/lib/types";
import { Badge, Choice, type Column, DataTable, Empty, SlideOver } from "@/ui";
import { Fact, Facts, Part } from "../facts";
import { Instrument } from "../instrument";
import { busyShare, stepText } from "./lanes";
import { Filled, OrderBadge, Side } from "./Order";
import { millis, TimelineLegend, TimelineView } from "./TimelineView";
import { sagaLook, sagaProgress, sagaShare, sagaTitle } from "./words";

/** Pauses are worth cutting where orders worked less than a tenth of the time. */
const worthClosing = (saga: SagaRow, now: number) => saga.orders.length > 1 && busyShare(saga, now) < 0.1;

export function SagaBadge({ state }: { state: string }) {
  const { glyph, tone } = sagaLook(state);
  return (
    <Badge tone={tone}>
      <span aria-hidden>{glyph}</span>
      {state}
    </Badge>
  );
}

/** One that is in flight: how far it is, and its timeline as it goes. */
export function SagaInFlight({
  saga,
  onOpen,
  onOrder,
}: {
  saga: SagaRow;
  onOpen: () => void;
  onOrder: (id: string) => void;
}) {
  const now = useNow(1000);
  const last = saga.steps[saga.steps.length - 1];
  return (
    <article className="border-b border-line px-3 py-2.5 last:border-b-0">
      <header className="mb-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <SagaBadge state={saga.state} />
        <button
          type="button"
          onClick={onOpen}
          className="inline-flex items-center gap-0.5 font-medium hover:text-lime"
        >
          {sagaTitle(saga)} <ChevronRight aria-hidden className="size-3.5 text-dim" />
        </button>
        <span className="text-xs text-soft">{sagaProgress(saga) || saga.kind}</span>
        <span className="text-xs text-dim">{saga.reason}</span>
        <span className="ml-auto text-xs text-soft">{age(now - saga.began_ms)}</span>
      </header>
      <Progress saga={saga} />
      <TimelineView saga={saga} close={worthClosing(saga, now)} onOrder={onOrder} />
      {last && (
        <p className="mt-1 text-2xs text-dim">
          {time(last.at_ms, true)} {stepText(last.step, last.note)}
        </p>
      )}
    </article>
  );
}

function Progress({ saga }: { saga: SagaRow }) {
  const part = sagaShare(saga);
  if (!saga.planned) return null;
  return (
    <div
      role="progressbar"
      aria-label={`${sagaTitle(saga)}: matched`}
      aria-valuenow={Math.round(part * 100)}
      className="mb-2 h-1 overflow-hidden rounded-full bg-ground"
      title={`${percent(part, 0)} is matched`}
    >
      <div className="h-full bg-lime" style={{ width: `${part * 100}%` }} />
    </div>
  );
}

export const FINISHED: readonly Column<SagaRow>[] = [
  {
    id: "ended",
    head: `ended (${zone()})`,
    width: 124,
    grow: 0.1,
    cell: (row) => <span className="text-soft">{moment(row.ended_ms, Date.now())}</span>,
    value: (row) => row.ended_ms,
  },
  {
    id: "what",
    head: "execution",
    width: 110,
    grow: 0.5,
    primary: true,
    cell: (row) => <span className="font-medium">{sagaTitle(row)}</span>,
    value: sagaTitle,
  },
  {
    id: "state",
    head: "ended as",
    title: "How it ended",
    width: 120,
    grow: 0.1,
    cell: (row) => <SagaBadge state={row.state} />,
    value: (row) => row.state,
  },
  {
    id: "units",
    head: "units",
    align: "right",
    width: 104,
    grow: 0.2,
    cell: (row) => (row.planned ? `${row.units} / ${row.planned}` : "–"),
    value: (row) => row.units,
  },
  {
    id: "clips",
    head: "clips",
    align: "right",
    width: 72,
    grow: 0.1,
    from: 700,
    cell: (row) => (row.aborted ? `${row.clips} (${row.aborted} ✕)` : row.clips || "–"),
    value: (row) => row.clips,
  },
  {
    id: "orders",
    head: "orders",
    align: "right",
    width: 84,
    grow: 0.1,
    from: 780,
    cell: (row) => row.orders.length || "–",
    value: (row) => row.orders.length,
  },
  {
    id: "took",
    head: "took",
    align: "right",
    width: 84,
    grow: 0.2,
    cell: (row) => millis(row.ended_ms - row.began_ms),
    value: (row) => row.ended_ms - row.began_ms,
  },
  {
    id: "cost",
    head: "repairs",
    title: "What repairs of legs that failed cost beyond the mid, in quote",
    align: "right",
    width: 80,
    grow: 0.2,
    from: 860,
    cell: (row) =>
      signOf(row.cost) ? (
        <span className="text-warn">{money(row.cost)}</span>
      ) : (
        <span className="text-dim">–</span>
      ),
    value: (row) => row.cost,
  },
  {
    id: "line",
    head: "orders over time",
    width: 180,
    grow: 1.6,
    from: 900,
    card: false,
    cell: (row) => <Sparkline saga={row} />,
  },
  {
    id: "reason",
    head: "why",
    width: 140,
    grow: 2,
    from: 640,
    cell: (row) => (
      <span className="text-soft" title={row.reason}>
        {row.reason || "–"}
      </span>
    ),
    value: (row) => row.reason,
  },
];

/** A timeline in a line: spot above, perp below, what did not fill in red. */
function Sparkline({ saga }: { saga: SagaRow }) {
  const span = Math.max(saga.ended_ms - saga.began_ms, 1);
  const lanes = [...new Set(saga.orders.map((one) => one.instrument))];
  return (
    <span className="relative block h-4 rounded-sm bg-ground" aria-hidden>
      {saga.orders.map((one) => (
        <span
          key={one.client_id}
          className={`absolute h-1.5 min-w-[2px] ${Number(one.filled) ? (one.side === "buy" ? "bg-good" : "bg-info") : "bg-bad"}`}
          style={{
            left: `${(98 * (one.sent_ms - saga.began_ms)) / span}%`,
            width: `${(98 * Math.max((one.ended_ms || saga.ended_ms) - one.sent_ms, 0)) / span}%`,
            top: lanes.indexOf(one.instrument) % 2 ? 9 : 1,
          }}
        />
      ))}
    </span>
  );
}

const ORDERS: readonly Column<SagaOrderShape>[] = [
  {
    id: "sent",
    head: `sent (${zone()})`,
    width: 108,
    grow: 0.2,
    cell: (row) => <span className="text-soft">{time(row.sent_ms, true)}</span>,
    value: (row) => row.sent_ms,
  },
  {
    id: "instrument",
    head: "instrument",
    width: 160,
    grow: 0.8,
    primary: true,
    cell: (row) => <Instrument id={row.instrument} />,
    value: (row) => row.instrument,
  },
  {
    id: "side",
    head: "side",
    width: 66,
    grow: 0.1,
    cell: (row) => <Side side={row.side} />,
    value: (row) => row.side,
  },
  {
    id: "filled",
    head: "filled",
    width: 122,
    grow: 0.2,
    cell: (row) => <Filled filled={row.filled} of={row.size} />,
    value: (row) => row.filled,
  },
  {
    id: "state",
    head: "state",
    width: 104,
    grow: 0.2,
    cell: (row) => <OrderBadge state={row.state} />,
    value: (row) => row.state,
  },
  {
    id: "took",
    head: "took",
    align: "right",
    width: 80,
    grow: 0.2,
    cell: (row) => (row.ended_ms ? millis(row.ended_ms - row.sent_ms) : "works"),
    value: (row) => row.ended_ms - row.sent_ms,
  },
];

export interface SagaDetailsProps {
  saga: SagaRow | undefined;
  onClose: () => void;
  onOrder: (id: string) => void;
}

/** One execution as a whole: its timeline large, its steps in words, its orders, its story. */
export function SagaDetails({ saga, onClose, onOrder }: SagaDetailsProps) {
  const [scale, setScale] = useState<"auto" | "clock" | "orders">("auto");
  if (!saga)
    return (
      <SlideOver open={false} title="" onClose={onClose}>
        {null}
      </SlideOver>
    );
  const close = scale === "orders" || (scale === "auto" && worthClosing(saga, Date.now()));
  return (
    <SlideOver open wide title={sagaTitle(saga)} subtitle={saga.id} onClose={onClose}>
      <Facts>
        <Fact name="state">
          <SagaBadge state={saga.state} />
        </Fact>
        <Fact name="why">{saga.reason || "–"}</Fact>
        {sagaProgress(saga) && <Fact name="came to">{sagaProgress(saga)}</Fact>}
        <Fact name="from">
          {stamp(saga.began_ms, true)} {zone()}
          <span className="text-dim">
            {saga.ended_ms ? `, took ${millis(saga.ended_ms - saga.began_ms)}` : ", still works"}
          </span>
        </Fact>
        {signOf(saga.cost) !== 0 && (
          <Fact name="repairs cost">{money(saga.cost, { digits: 4, trim: true })}</Fact>
        )}
      </Facts>
      <Part
        title="Timeline"
        aside={
          <Choice
            label="What time is drawn"
            value={close ? "orders" : "clock"}
            onChange={setScale}
            options={[
              { value: "clock", label: "by the clock" },
              { value: "orders", label: "pauses cut" },
            ]}
          />
        }
      >
        <div className="px-4 pb-2">
          <TimelineView saga={saga} close={close} onOrder={onOrder} />
          <TimelineLegend />
        </div>
      </Part>
      {saga.orders.length > 0 && (
        <Part title={`Orders ${saga.orders.length}`}>
          <DataTable
            label="Orders of this execution"
            rows={saga.orders}
            columns={ORDERS}
            rowKey={(row) => row.client_id}
            dense
            height="320px"
            onOpen={(row) => onOrder(row.client_id)}
          />
        </Part>
      )}
      <Part title={`Steps ${saga.steps.length}`}>
        {saga.steps.length ? <Steps saga={saga} /> : <Empty title="No step was written yet" />}
      </Part>
      <Part title="Story">
        <TraceView id={saga.id} />
      </Part>
    </SlideOver>
  );
}

function Steps({ saga }: { saga: SagaRow }) {
  return (
    <ol className="max-h-72 overflow-y-auto px-4 pb-3 text-xs">
      {saga.steps.map((one, n) => (
        <li
          key={n}
          className="grid grid-cols-[5.5rem_1fr_auto] gap-x-3 border-b border-line/60 py-1 last:border-b-0"
        >
          <span className="text-dim tabular-nums">+{millis(one.at_ms - saga.began_ms)}</span>
          <span
            className={
              one.step === "in doubt" || one.step === "no stop"
                ? "text-bad"
                : one.step === "neutralise" || one.step === "withdraw"
                  ? "text-warn"
                  : "text-text"
            }
          >
            {stepText(one.step, one.note)}
          </span>
          <span className="text-dim tabular-nums">
            {one.lots.length ? `${one.lots.map((lots) => lots.toLocaleString("en")).join(" / ")} lots` : ""}
          </span>
        </li>
      ))}
    </ol>
  );
}
