import { Siren } from "lucide-react";
import { useState } from "react";
import { useApi } from "@/lib/api";
import { age, time } from "@/lib/format";
import { useNow } from "@/lib/live";
import type { PanicShape } from "@/lib/types";
import { Badge, Card, cx } from "@/ui";

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
