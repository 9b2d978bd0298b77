import { ChevronRight, FileQuestion } from "lucide-react";
import { useState } from "react";
import { useApi } from "@/lib/api";
import * as format from "@/lib/format";
import { href, setParams } from "@/lib/router";
import type { EntryShape, TraceShape } from "@/lib/types";
import { AgeDot, Badge, Button, cx, Empty, ErrorState, Skeleton } from "@/ui";
import { Waterfall } from "./waterfall";

const EVERY_MS = 3_000;

/** The story of an order, an intent or a wish: its entries of the journal, and where its time went. */
export function TraceView({ id }: { id: string }) {
  const trace = useApi<TraceShape>(`/v1/traces/${encodeURIComponent(id)}`, { every: EVERY_MS });
  if (trace.isPending) return <Skeleton lines={10} className="p-4" />;
  if (trace.error && !trace.data) {
    if (trace.error.status === 404) {
      return (
        <Empty icon={FileQuestion} title={`Nothing is called ${id}`}>
          {trace.error.remedy || trace.error.message}
        </Empty>
      );
    }
    return <ErrorState error={trace.error} onRetry={() => void trace.refetch()} />;
  }
  const { entries, waterfalls, kind } = trace.data;
  const first = entries[0];
  return (
    <div className="flex flex-col gap-4 p-4">
      <div className="flex flex-wrap items-center gap-2 text-xs text-dim">
        <Badge tone="accent">{kind}</Badge>
        {first && (
          <span>
            {format.stamp(first.at_ms, true)} {format.zone()}
          </span>
        )}
        <span>
          {entries.length} {entries.length === 1 ? "entry" : "entries"}
        </span>
        <a className="text-lime underline underline-offset-2" href={href("journal", { id })}>
          In the journal
        </a>
        <AgeDot of={{ at: trace.dataUpdatedAt, lateMs: 3 * EVERY_MS }} className="ml-auto" />
      </div>
      <ol className="flex flex-col">
        {entries.map((entry, index) => (
          <Step
            key={entry.seq}
            entry={entry}
            since={first ? entry.at_ms - first.at_ms : 0}
            last={index === entries.length - 1}
          />
        ))}
      </ol>
      {waterfalls.length > 0 && (
        <section className="flex flex-col gap-2">
          <h3 className="text-xs font-semibold text-soft">From the tick to the answer</h3>
          {waterfalls.map((waterfall) => (
            <Waterfall key={waterfall.client_id} waterfall={waterfall} />
          ))}
        </section>
      )}
    </div>
  );
}

const LOOKS: readonly [RegExp, string][] = [
  [/refus|reject|abort|halt|fail|unknown|stuck|trouble/i, "bg-bad"],
  [/fill|settled|done|closed/i, "bg-good"],
  [/signal|opportun/i, "bg-lime"],
  [/order|sent|ack/i, "bg-info"],
];

function Step({ entry, since, last }: { entry: EntryShape; since: number; last: boolean }) {
  const [open, setOpen] = useState(false);
  const dot = LOOKS.find(([words]) => words.test(entry.what))?.[1] ?? "bg-edge";
  const others = [entry.saga, entry.intent_id, entry.client_id].filter(Boolean);
  return (
    <li className="relative flex gap-3 pb-3">
      {!last && <span aria-hidden className="absolute bottom-0 left-[3.5px] top-3 w-px bg-line" />}
      <span aria-hidden className={cx("relative mt-1.5 size-2 shrink-0 rounded-full", dot)} />
      <div className="min-w-0 flex-1">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex w-full items-baseline gap-2 text-left"
        >
          <span className="shrink-0 text-xs font-medium">{entry.label}</span>
          <span
            className="ml-auto shrink-0 whitespace-nowrap text-2xs tabular-nums text-dim"
            title={`${format.stamp(entry.at_ms, true)} ${format.zone()}`}
          >
            +{since < 1000 ? `${Math.round(since)} ms` : format.age(since)}
          </span>
          <ChevronRight
            aria-hidden
            className={cx("size-3 shrink-0 self-center text-dim transition-transform", open && "rotate-90")}
          />
        </button>
        <p className="break-words text-sm text-soft">{entry.text}</p>
        {open && (
          <div className="mt-2 flex flex-col gap-2">
            <div className="flex flex-wrap gap-1.5">
              {others.map((id) => (
                <Button
                  key={id}
                  size="sm"
                  className="font-mono"
                  onClick={() => setParams({ trace: id }, true)}
                >
                  {id}
                </Button>
              ))}
            </div>
            <Body entry={entry} />
          </div>
        )}
      </div>
    </li>
  );
}

/** The entry as the journal has it. */
export function Body({ entry }: { entry: EntryShape }) {
  return (
    <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1 rounded-md border border-line bg-ground p-3 text-xs">
      <dt className="text-dim">seq</dt>
      <dd className="tabular-nums">{entry.seq}</dd>
      <dt className="text-dim">at_ns</dt>
      <dd className="tabular-nums">{entry.at_ns}</dd>
      {Object.entries(entry.body).map(([key, value]) => (
        <Field key={key} name={key} value={value} />
      ))}
    </dl>
  );
}

function Field({ name, value }: { name: string; value: unknown }) {
  return (
    <>
      <dt className="text-dim">{name}</dt>
      <dd className="break-words font-mono text-2xs leading-4 text-soft">
        {typeof value === "string" ? value : JSON.stringify(value)}
      </dd>
    </>
  );
}
