import { Siren } from "lucide-react";
import { useState } from "react";
import { post, useApi } from "@/lib/api";
import { age, time } from "@/lib/format";
import { useHeard, useNow, useRow, useTable } from "@/lib/live";
import type { ControlShape, PanicShape } from "@/lib/types";
import { Badge, Card, Confirm, cx, toast } from "@/ui";

const WATCH_MS = 250;
const REST_MS = 3000;

/** The last panic: asked four times a second while it runs. */
export function usePanic() {
  const [running, setRunning] = useState(false);
  const panic = useApi<PanicShape>("/v1/controls/panic", { every: running ? WATCH_MS : REST_MS, keep: true });
  const now = panic.data?.state === "running";
  if (now !== running) setRunning(now);
  return panic;
}

/** Asks for the word, tells what stands to be closed, and begins it. */
export function PanicDialog({
  open,
  onClose,
  onBegun,
}: {
  open: boolean;
  onClose: () => void;
  onBegun: () => void;
}) {
  const panic = usePanic();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const begin = async (reason: string) => {
    setBusy(true);
    setError("");
    try {
      await post<ControlShape>("/v1/controls/panic", { confirm: "PANIC", reason });
      void panic.refetch();
      onBegun();
      onClose();
    } catch (problem) {
      setError(problem instanceof Error ? problem.message : String(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Confirm
      open={open}
      title="Panic: close everything"
      word="PANIC"
      action="Close everything"
      danger
      withReason
      busy={busy}
      error={error}
      onConfirm={(reason) => void begin(reason)}
      onClose={onClose}
    >
      <Exposure ready={panic.data?.ready} />
    </Confirm>
  );
}

function Exposure({ ready }: { ready: boolean | undefined }) {
  const orders = useTable("orders", "working");
  const positions = useTable("status", "positions");
  const holdings = useTable("status", "holdings");
  const venues = useTable("status", "venues");
  const told = { orders: useHeard("orders"), status: useHeard("status") };
  const names = [...venues.keys()].join(", ");
  return (
    <div className="flex flex-col gap-2">
      <ul className="flex list-disc flex-col gap-1 pl-4 marker:text-dim">
        <li>Every resting order is cancelled {told.orders && <Now>{counted(orders.size, "order")}</Now>}</li>
        <li>
          Every position is closed at market, reduce-only{" "}
          {told.status && <Now>{counted(positions.size, "position")}</Now>}
        </li>
        <li>
          Coins that the run bought are sold {told.status && <Now>{counted(holdings.size, "holding")}</Now>}
        </li>
        <li>Nothing new is opened until somebody re-arms</li>
      </ul>
      <p className="text-xs text-dim">
        {names && `At ${names}. `}
        {ready === false
          ? "No panic stands ready: it starts a process of its own first, which takes some seconds."
          : "It runs in a process of its own that stands ready, and needs no run."}
      </p>
    </div>
  );
}

function Now({ children }: { children: string }) {
  return <span className="text-text tabular-nums">({children} now)</span>;
}

function counted(many: number, what: string): string {
  return `${many} ${what}${many === 1 ? "" : "s"}`;
}

const STATES = {
  running: { tone: "warn", text: "running" },
  flat: { tone: "good", text: "flat" },
  open: { tone: "bad", text: "not flat" },
} as const;

/** What the last panic did, and does. Nothing where there was none. */
export function PanicCard() {
  const panic = usePanic();
  const shape = panic.data;
  if (shape === undefined || shape.state === "none") return null;
  const state = STATES[shape.state as keyof typeof STATES] ?? STATES.open;
  const venues = [...Object.keys(shape.open), ...shape.flat].sort();
  return (
    <Card
      className={shape.state === "running" ? "border-panic" : "border-edge"}
      title={
        <span className="flex items-center gap-2 text-text">
          <Siren aria-hidden className="size-4 text-bad" />
          Panic
          <Badge tone={state.tone}>{state.text}</Badge>
        </span>
      }
      age={{ at: panic.dataUpdatedAt, lateMs: 6000 }}
      actions={<Took shape={shape} />}
    >
      <div className="grid gap-4 md:grid-cols-2">
        <ul aria-label="Venues" className="flex flex-col gap-2">
          {venues.map((venue) => {
            const left = shape.open[venue];
            return (
              <li
                key={venue}
                className="flex items-center gap-3 rounded-md border border-line bg-ground px-3 py-2 text-sm"
              >
                <span className="w-24 shrink-0 font-medium">{venue}</span>
                <span className={cx("min-w-0 flex-1", left === undefined ? "text-good" : "text-warn")}>
                  {left === undefined ? "Flat: two answers of its own, nothing left" : left || "being closed"}
                </span>
              </li>
            );
          })}
          {venues.length === 0 && <li className="text-sm text-dim">No venue has answered yet.</li>}
        </ul>
        <ol
          aria-label="What it told"
          aria-live="polite"
          className="max-h-52 overflow-y-auto rounded-md border border-line bg-ground px-3 py-2 font-mono text-xs leading-5 text-soft"
        >
          {shape.lines.map((line, n) => (
            <li key={n}>{line}</li>
          ))}
        </ol>
      </div>
    </Card>
  );
}

function Took({ shape }: { shape: PanicShape }) {
  const now = useNow(100);
  const until = shape.ended_ms || now;
  return (
    <span className="text-2xs text-soft tabular-nums">
      began {time(shape.began_ms, true)}, {shape.ended_ms ? "took" : "for"} {age(until - shape.began_ms)}
    </span>
  );
}

/** Takes the latch back, by its word. */
export function RearmDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const run = useRow("status", "run", "run");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const rearm = async (reason: string) => {
    setBusy(true);
    setError("");
    try {
      const answer = await post<ControlShape>("/v1/controls/rearm", { confirm: "REARM", reason });
      toast.good("Re-armed", answer.text);
      onClose();
    } catch (problem) {
      setError(told(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Confirm
      open={open}
      title="Re-arm"
      word="REARM"
      action="Re-arm and start again"
      danger
      withReason
      busy={busy}
      error={error}
      onConfirm={(reason) => void rearm(reason)}
      onClose={onClose}
    >
      <p>
        A latch is taken back at rest: the run is stopped, re-armed, and started again. It reconciles with
        every venue before anything is opened.
      </p>
      {run && !run.supervised && (
        <p className="mt-2 text-warn">
          Nobody supervises this run, so it cannot be stopped from here. Stop it where it was started; then{" "}
          <code className="font-mono">titan panic --config DIR --rearm</code>.
        </p>
      )}
    </Confirm>
  );
}

function told(problem: unknown): string {
  if (!(problem instanceof Error)) return String(problem);
  const remedy = "remedy" in problem && typeof problem.remedy === "string" ? problem.remedy : "";
  return remedy ? `${problem.message}: ${remedy}` : problem.message;
}
