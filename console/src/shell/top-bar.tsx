import { OctagonX, Pause, Play, Search } from "lucide-react";
import { openControl } from "@/features/controls";
import * as format from "@/lib/format";
import { useHeard, useRow } from "@/lib/live";
import { useScope } from "@/lib/session";
import type { RunRow } from "@/lib/types";
import { AgeDot, Badge, Button, cx, Figure, Kbd } from "@/ui";

const STATES: Record<string, { tone: "good" | "bad" | "warn" | "info" | "dim"; glyph: string }> = {
  trading: { tone: "good", glyph: "●" },
  starting: { tone: "info", glyph: "◌" },
  halted: { tone: "bad", glyph: "✕" },
  stopping: { tone: "warn", glyph: "◌" },
  stopped: { tone: "dim", glyph: "■" },
};

/** What must be in sight on every page: which run, whether it is real, how it does, and the two buttons. */
export function TopBar({ onPalette }: { onPalette: () => void }) {
  const run = useRow("status", "run", "run");
  const heard = useHeard("status");
  return (
    <header className="flex min-h-13 shrink-0 flex-wrap items-center gap-x-4 gap-y-1 border-b border-line bg-panel px-3 py-1.5 md:flex-nowrap md:px-4">
      <div className="flex min-w-0 flex-1 items-center gap-2 md:flex-none">
        {run ? (
          <Name run={run} />
        ) : (
          <span className="text-sm text-dim">{heard ? "No run has said anything yet" : "Connecting"}</span>
        )}
      </div>
      <div className="order-3 flex w-full items-center gap-5 md:order-none md:w-auto md:min-w-0 md:flex-1 md:overflow-hidden md:border-l md:border-line md:pl-4">
        {run && <Worth run={run} />}
        <AgeDot of="status" className="ml-auto min-w-16 justify-end" />
      </div>
      <div className="flex items-center gap-2">
        <span className="hidden sm:block">
          <Button
            kind="ghost"
            icon={Search}
            aria-label="Ctrl K: find anything"
            title="Find anything"
            onClick={onPalette}
          >
            <span aria-hidden className="hidden xl:block">
              <Kbd>Ctrl K</Kbd>
            </span>
          </Button>
        </span>
        <Controls run={run} />
      </div>
    </header>
  );
}

function Name({ run }: { run: RunRow }) {
  const ended = run.freshness === "ended" || run.freshness === "finished";
  const word = ended ? run.freshness : run.paused && run.state === "trading" ? "paused" : run.state;
  const { tone, glyph } = STATES[word] ?? {
    tone: word === "paused" ? "warn" : "dim",
    glyph: word === "paused" ? "❚❚" : "■",
  };
  return (
    <>
      <div className="hidden min-w-0 flex-col leading-tight xl:flex">
        <span className="truncate text-sm font-semibold">{run.strategy}</span>
        <span
          className="truncate text-2xs text-dim"
          title={`run ${run.run_id}${run.resumed ? ", resumed" : ""}`}
        >
          {run.mode} · {run.run_id}
        </span>
      </div>
      {run.simulated ? (
        <Badge tone="info" title="Nothing here is real money" className="font-semibold tracking-wide">
          SIMULATED
        </Badge>
      ) : (
        <Badge
          tone="bad"
          title="Orders of this run are real"
          className="border-panic! bg-panic! font-semibold tracking-wide text-white!"
        >
          REAL MONEY
        </Badge>
      )}
      <Badge tone={tone} title={`for ${format.age(run.seconds * 1000)}`} className="capitalize">
        <span aria-hidden className="text-[0.6rem]">
          {glyph}
        </span>
        {word}
      </Badge>
    </>
  );
}

function Worth({ run }: { run: RunRow }) {
  const day = run.day;
  const before = day && format.minus(run.nav, day.nav);
  const share = day && before ? format.toNumber(day.nav) / format.toNumber(before) : null;
  const whole = day ? run.at_ms - day.since_ms >= 86_000_000 : false;
  return (
    <dl className={cx("flex items-baseline gap-5 text-sm", run.freshness !== "live" && "opacity-70")}>
      <div className="flex items-baseline gap-2">
        <dt className="text-2xs text-dim">NAV</dt>
        <dd className="font-medium">
          <Figure value={run.nav} unit={run.quote} />
        </dd>
      </div>
      <div className="flex items-baseline gap-2 whitespace-nowrap">
        <dt className="text-2xs text-dim">{whole ? "24 h" : "P&L"}</dt>
        <dd className="font-medium">
          <Figure value={day?.nav} tone="auto" />
          <span className="ml-1.5 hidden text-xs text-dim xl:inline">{format.percent(share, 2, true)}</span>
        </dd>
      </div>
      <div className="hidden items-baseline gap-2 2xl:flex">
        <dt className="text-2xs text-dim">Delta</dt>
        <dd className="font-medium">
          <Figure value={run.delta_share === null ? null : run.delta_share * 100} sign unit="%" />
        </dd>
      </div>
      <div className="hidden items-baseline gap-2 2xl:flex">
        <dt className="text-2xs text-dim">Drawdown</dt>
        <dd className="font-medium">
          <Figure value={run.drawdown === null ? null : run.drawdown * 100} unit="%" />
        </dd>
      </div>
    </dl>
  );
}

function Controls({ run }: { run: RunRow | undefined }) {
  const may = useScope("trade");
  const why = may ? undefined : "This needs the scope trade";
  const paused = run?.paused ?? false;
  const over = !run || run.freshness === "ended" || run.freshness === "finished";
  return (
    <>
      <Button
        icon={paused ? Play : Pause}
        disabled={!may || over}
        title={why ?? (paused ? "Let entries through again" : "Keep all entries back")}
        onClick={() => openControl({ kind: "pause" })}
        className="w-9 xl:w-24"
        aria-label={paused ? "Resume" : "Pause"}
      >
        <span className="hidden xl:inline">{paused ? "Resume" : "Pause"}</span>
      </Button>
      <Button
        kind="danger"
        icon={OctagonX}
        disabled={!may}
        title={why ?? "Cancel and close everything"}
        onClick={() => openControl({ kind: "panic" })}
      >
        PANIC
      </Button>
    </>
  );
}
