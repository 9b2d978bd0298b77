import { LoaderCircle } from "lucide-react";
import { useMemo, useState } from "react";
import { useApi } from "@/lib/api";
import { age, number, percent, sum, time } from "@/lib/format";
import { isNotYet } from "@/lib/http";
import { setParams, useRoute } from "@/lib/router";
import type { ReplayMoment, ReplayShape, ReplayTimeline } from "@/lib/types";
import { Badge, Button, Card, cx, ErrorState, Skeleton, Stat } from "@/ui";
import { Books } from "./books";
import { type Kind, kindOf } from "./marks";
import { rowsOf, type Shown, useMoment } from "./moment";
import { Pending } from "./pending";
import { usePlayer, usePlayerKeys } from "./player";
import { Decisions, Entries, Holdings, Orders, Pairs } from "./tables";
import { Timeline } from "./timeline";
import { Legend, Transport } from "./transport";

/** A run that wrote so lately may go on: its slider grows. */
const STILL_MS = 60_000;
const LOOK_MS = 15_000;

/** One recorded run: its slider, and everything as it stood at that moment. */
export function Replay({ run }: { run: ReplayShape }) {
  const path = `/v1/replays/${encodeURIComponent(run.name)}/timeline`;
  const goesOn = Date.now() - run.ended_ms < STILL_MS;
  const timeline = useApi<ReplayTimeline>(path, { keep: true, every: goesOn ? LOOK_MS : undefined });
  if (!timeline.data || timeline.data.name !== run.name)
    return (
      <Card title={run.name}>
        {timeline.isError ? (
          <ErrorState error={timeline.error} onRetry={() => void timeline.refetch()} />
        ) : (
          <Pending
            why={
              isNotYet(timeline.failureReason) ? timeline.failureReason.message : "the run is being opened"
            }
            height={250}
          />
        )}
      </Card>
    );
  return <Loaded key={run.name} run={run} timeline={timeline.data} />;
}

function Loaded({ run, timeline }: { run: ReplayShape; timeline: ReplayTimeline }) {
  const span = useMemo(() => ({ from: timeline.began_ms, to: timeline.ended_ms }), [timeline]);
  const [hidden, setHidden] = useState<ReadonlySet<Kind>>(new Set<Kind>());
  const marks = useMemo(
    () =>
      timeline.marks
        .filter((one) => !hidden.has(kindOf(one.kind)))
        .sort((a, b) => a.at_ms - b.at_ms || a.seq - b.seq),
    [timeline.marks, hidden],
  );
  const player = usePlayer(run.name, span, marks);
  usePlayerKeys(player, span);
  const shown = useMoment(player.place);
  const toggle = (kind: Kind) =>
    setHidden((old) => new Set(old.has(kind) ? [...old].filter((one) => one !== kind) : [...old, kind]));
  return (
    <>
      <Card>
        <div className="flex flex-col gap-3">
          <Transport player={player} span={span} />
          <Timeline timeline={timeline} span={span} marks={marks} at={player.at} onTo={player.to} />
          <Legend marks={timeline.marks} hidden={hidden} onToggle={toggle} />
        </div>
      </Card>
      <Moment shown={shown} at={player.at} quote={timeline.quote} onTo={player.to} />
    </>
  );
}

interface MomentProps {
  shown: Shown;
  at: number;
  quote: string;
  onTo: (at: number, seq?: number) => void;
}

function Moment({ shown, at, quote, onTo }: MomentProps) {
  const { params } = useRoute();
  const moment = shown.answer;
  const pairs = rowsOf(moment, "markets", "pairs");
  const held = pairs.find((one) => one.held.length > 0) ?? pairs[0];
  const chosen = pairs.find((one) => one.pair === params.get("pair")) ?? held;
  const left = params.get("left") ?? chosen?.spot ?? "";
  const right = params.get("right") ?? chosen?.perp ?? "";
  if (shown.error && !moment) return <ErrorState error={shown.error} onRetry={shown.again} />;
  return (
    <div className="flex flex-col gap-3">
      <Head shown={shown} at={at} quote={quote} />
      <div className="grid items-start gap-3 xl:grid-cols-[minmax(0,5fr)_minmax(0,7fr)]">
        <Books
          moment={moment}
          left={left}
          right={right}
          onPick={(side, name) => setParams({ [side]: name })}
        />
        <div className="flex min-w-0 flex-col gap-3">
          <Pairs
            moment={moment}
            chosen={chosen?.pair ?? ""}
            onPick={(row) => setParams({ pair: row.pair, left: null, right: null })}
          />
          <Holdings moment={moment} />
          <Orders moment={moment} />
        </div>
      </div>
      <div className="grid items-start gap-3 lg:grid-cols-2">
        <Decisions moment={moment} />
        <Entries moment={moment} onTo={onTo} />
      </div>
    </div>
  );
}

/** When NAV and profit were told last: a run does that once a minute or so. */
function valued(moment: ReplayMoment): string {
  if (moment.valued_ms === 0) return "not valued yet";
  const before = moment.at_ms - moment.valued_ms;
  return before < 1000 ? "valued then" : `valued ${age(before)} before`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What the whole came to then, and which moment it is that is shown. */
function Head({ shown, at, quote }: { shown: Shown; at: number; quote: string }) {
  const moment = shown.answer;
  const run = rowsOf(moment, "status", "run")[0];
  return (
    <Card
      className="border-info/35!"
      title={<Which shown={shown} at={at} />}
      actions={run && <State moment={moment} />}
    >
      {run ? (
        <div className="grid grid-cols-[repeat(auto-fit,minmax(8.5rem,1fr))] gap-x-4 gap-y-3">
          <Stat label={`NAV, ${quote}`} value={run.nav} />
          <Stat label="P&L since the start" value={sum(Object.values(run.pnl))} tone="auto" />
          {Object.entries(run.pnl).map(([source, amount]) => (
            <Stat key={source} label={capital(source)} value={amount} tone="auto" />
          ))}
          <Stat
            label="Delta"
            value={<span className="tabular-nums">{percent(run.delta_share, 2, true)}</span>}
          />
          <Stat
            label="Drawdown of the day"
            value={<span className="tabular-nums">{percent(run.drawdown)}</span>}
          />
          <Stat label="Deployed" value={run.deployed} digits={0} />
        </div>
      ) : (
        <Skeleton height={48} />
      )}
    </Card>
  );
}

function Which({ shown, at }: { shown: Shown; at: number }) {
  const moment = shown.answer;
  return (
    <span className="flex flex-wrap items-center gap-x-2 gap-y-1" aria-live="off">
      <Badge tone="info" title="Nothing below is live">
        recorded
      </Badge>
      {moment ? (
        <>
          <span>
            As it stood at <span className="text-text tabular-nums">{time(moment.at_ms, true)}</span>
          </span>
          <span className="font-normal text-dim tabular-nums">
            after entry {number(moment.seq, 0)} · {valued(moment)}
          </span>
        </>
      ) : (
        <span>Reading {time(at, true)}</span>
      )}
      {shown.pending ? (
        <span className="font-normal text-dim tabular-nums">{String(shown.pending)}</span>
      ) : null}
      <LoaderCircle
        aria-hidden
        className={cx("size-3.5 text-dim", shown.asking ? "animate-spin" : "invisible")}
      />
      {shown.error ? (
        <span role="alert" className="flex items-center gap-2 font-normal text-bad">
          {time(at, true)} could not be read:{" "}
          {shown.error instanceof Error ? shown.error.message : String(shown.error)}
          <Button size="sm" onClick={shown.again}>
            Try again
          </Button>
        </span>
      ) : null}
    </span>
  );
}

function State({ moment }: { moment: ReplayMoment | undefined }) {
  const run = rowsOf(moment, "status", "run")[0];
  const doors = rowsOf(moment, "status", "doors");
  const halts = rowsOf(moment, "status", "halts");
  if (!run) return null;
  return (
    <span className="flex flex-wrap items-center gap-1.5">
      <Badge tone={run.state === "trading" ? "good" : "warn"}>{run.state}</Badge>
      {run.paused && <Badge tone="warn">paused</Badge>}
      {doors.map((door) => (
        <Badge key={door.name} tone="warn" title={door.why}>
          {door.name} closed
        </Badge>
      ))}
      {halts.map((halt) => (
        <Badge key={halt.name} tone={halt.latch ? "bad" : "warn"} title={halt.reason}>
          {halt.name}
        </Badge>
      ))}
    </span>
  );
}
