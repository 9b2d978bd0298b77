import { CircleCheck, CirclePause, Pause, Play, RotateCcw, Siren, TriangleAlert, X } from "lucide-react";
import { type Asked, forget, openControl, resume, standingOf, useAsked, wishText } from "@/features/controls";
import { age, time } from "@/lib/format";
import { useHeard, useNow, useRow, useStaleness, useTable } from "@/lib/live";
import { useRows } from "@/lib/rows";
import { useScope } from "@/lib/session";
import type { RunRow } from "@/lib/types";
import { Badge, Button, Card, cx, Skeleton, toast } from "@/ui";
import { pausesOf } from "./halts";
import { usePanic } from "./panic";

/** Whether entries leave now, and the levers: pause, resume, panic, re-arm. What was asked, until it is so. */
export function ControlDesk() {
  const run = useRow("status", "run", "run");
  const heard = useHeard("status");
  const trade = useScope("trade");
  const admin = useScope("admin");
  const latched = (run?.latched.length ?? 0) > 0;
  return (
    <Card title="Controls" age="status" className="md:col-span-2 xl:col-span-1">
      <div className="flex min-h-48 flex-col gap-3">
        {run || heard ? <Standing run={run} /> : <Skeleton height={52} />}
        <div className="flex flex-wrap gap-2">
          {run?.paused ? (
            <Button
              kind={latched ? "plain" : "primary"}
              size="lg"
              icon={Play}
              disabled={!trade}
              onClick={() => void tried(resume(""))}
            >
              Resume entries
            </Button>
          ) : (
            <Button
              size="lg"
              icon={Pause}
              disabled={!trade || !run}
              onClick={() => openControl({ kind: "pause" })}
            >
              Pause entries
            </Button>
          )}
          <Button
            kind="danger"
            size="lg"
            icon={Siren}
            disabled={!trade}
            onClick={() => openControl({ kind: "panic" })}
          >
            Panic
          </Button>
          {latched && (
            <Button
              size="lg"
              icon={RotateCcw}
              disabled={!admin}
              onClick={() => openControl({ kind: "rearm" })}
            >
              Re-arm
            </Button>
          )}
        </div>
        {!trade && (
          <p className="text-xs text-warn">You may look only: pause and panic need the scope trade.</p>
        )}
        {latched && trade && !admin && (
          <p className="text-xs text-warn">Re-arming needs the scope admin, and a second factor.</p>
        )}
        <Strategies />
        <AskedList />
        <Readiness />
      </div>
    </Card>
  );
}

function Standing({ run }: { run: RunRow | undefined }) {
  const doors = useTable("status", "doors");
  const halts = useTable("status", "halts");
  const { level, ageMs } = useStaleness("status");
  const told = level === "stale" ? silent(ageMs) : said(run, doors.size, halts.size);
  const Icon = told.icon;
  return (
    <div className="flex min-h-13 items-start gap-3">
      <Icon aria-hidden className={cx("mt-0.5 size-6 shrink-0", told.tone)} strokeWidth={1.75} />
      <div className="min-w-0">
        <p className={cx("text-base font-semibold", told.tone)}>{told.text}</p>
        <p className="text-xs text-soft">{told.detail}</p>
      </div>
    </div>
  );
}

/** Of a run that is not heard nothing is claimed. */
function silent(ageMs: number | null) {
  return {
    icon: TriangleAlert,
    tone: "text-bad",
    text: "Not known",
    detail: `The run has said nothing for ${age(ageMs)}. A panic needs no run.`,
  };
}

function said(run: RunRow | undefined, doors: number, halts: number) {
  if (!run) return { icon: TriangleAlert, tone: "text-dim", text: "No run", detail: "A panic needs none." };
  if (run.latched.length > 0)
    return {
      icon: Siren,
      tone: "text-bad",
      text: `Latched: ${run.latched.join(", ")}`,
      detail: "Nothing is opened until somebody re-arms.",
    };
  if (run.freshness === "ended" || run.freshness === "finished")
    return {
      icon: TriangleAlert,
      tone: "text-dim",
      text: "The run has ended",
      detail: "What is held stays in its journal.",
    };
  if (run.paused)
    return {
      icon: CirclePause,
      tone: "text-warn",
      text: "Paused by an operator",
      detail: "Nothing new is opened. Exits and hedges go on.",
    };
  if (run.state !== "trading")
    return {
      icon: TriangleAlert,
      tone: "text-warn",
      text: `The run is ${run.state}`,
      detail: "Entries do not leave now.",
    };
  if (doors + halts > 0)
    return {
      icon: TriangleAlert,
      tone: "text-warn",
      text: "Entries are open in part",
      detail: [
        doors && `${doors} closed ${doors === 1 ? "door" : "doors"}`,
        halts && `${halts} ${halts === 1 ? "halt" : "halts"}`,
      ]
        .filter(Boolean)
        .join(" and ")
        .concat(", below."),
    };
  return {
    icon: CircleCheck,
    tone: "text-good",
    text: "Entries are open",
    detail: "Nothing keeps them back.",
  };
}

/** Each strategy by itself. */
function Strategies() {
  const rows = useRows("status", "strategies");
  const trade = useScope("trade");
  return (
    <ul aria-label="Strategies" className="flex flex-col divide-y divide-line border-t border-line">
      {rows.map((row) => (
        <li key={row.name} className="flex min-h-10 items-center gap-2 py-1.5 text-xs">
          <span className="w-24 shrink-0 truncate text-sm">{row.name}</span>
          <Badge tone={STRATEGY_TONES[row.state] ?? "soft"}>{row.state}</Badge>
          <span className="min-w-0 flex-1 truncate text-dim" title={row.why}>
            {row.why}
          </span>
          <StrategySwitch name={row.name} disabled={!trade} />
        </li>
      ))}
    </ul>
  );
}

/** Pauses or resumes one strategy, whatever else keeps it back. */
export function StrategySwitch({ name, disabled }: { name: string; disabled: boolean }) {
  const halts = useRows("status", "halts");
  const paused = pausesOf(halts).some((one) => one.covers.strategy === name);
  return paused ? (
    <Button
      size="sm"
      icon={Play}
      disabled={disabled}
      onClick={() => void tried(resume("", name))}
      aria-label={`Resume ${name}`}
    >
      Resume
    </Button>
  ) : (
    <Button
      size="sm"
      icon={Pause}
      disabled={disabled}
      onClick={() => openControl({ kind: "pause", strategy: name })}
      aria-label={`Pause ${name}`}
    >
      Pause
    </Button>
  );
}

export const STRATEGY_TONES: Record<string, "good" | "warn" | "bad" | "soft"> = {
  running: "good",
  paused: "warn",
  halted: "bad",
  stopped: "soft",
};

/** Whether a panic would act at once. */
function Readiness() {
  const panic = usePanic();
  const ready = panic.data?.ready;
  return (
    <p className="mt-auto flex min-h-5 items-center gap-2 text-2xs text-dim">
      {ready !== undefined && (
        <>
          <span aria-hidden className={cx("size-1.5 shrink-0 rounded-full", ready ? "bg-lime" : "bg-warn")} />
          {ready
            ? "A panic stands ready in a process of its own, its venues open."
            : "No panic stands ready: one would start its process first."}
        </>
      )}
    </p>
  );
}

/** Asks for it, and says so where it was refused. */
export async function tried(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    toast.bad(error);
  }
}

const WORDS = {
  sending: "sending",
  asked: "asked",
  "in force": "in force",
  refused: "refused",
  silent: "not heard yet",
};
const TONES = {
  sending: "text-dim",
  asked: "text-info",
  "in force": "text-good",
  refused: "text-bad",
  silent: "text-warn",
};

/** What was asked for lately, from "asked" to "in force since". */
function AskedList() {
  const list = useAsked();
  if (list.length === 0) return null;
  return (
    <ul
      aria-label="What was asked for"
      aria-live="polite"
      className="flex flex-col divide-y divide-line border-t border-line"
    >
      {list.map((one) => (
        <AskedLine key={one.asked_ms} asked={one} />
      ))}
    </ul>
  );
}

function AskedLine({ asked }: { asked: Asked }) {
  const now = useNow(500);
  const standing = standingOf(asked, now);
  return (
    <li className="flex items-center gap-2 py-1.5 text-xs" data-standing={standing}>
      <span className="min-w-0 flex-1 break-words text-text">{wishText(asked.wish)}</span>
      <span className={cx("text-right tabular-nums", TONES[standing])}>
        {standing === "in force" ? (
          <>
            in force since {time(asked.in_force_ms, true)}
            <span className="text-dim"> · {Math.max(asked.seen_ms - asked.asked_ms, 0)} ms</span>
          </>
        ) : standing === "silent" ? (
          `${WORDS.silent}, ${age(now - asked.asked_ms)}: does the run still run?`
        ) : standing === "refused" ? (
          [asked.refused, asked.remedy].filter(Boolean).join(": ")
        ) : (
          WORDS[standing]
        )}
      </span>
      <Button kind="ghost" size="sm" icon={X} aria-label="Dismiss" onClick={() => forget(asked)} />
    </li>
  );
}
