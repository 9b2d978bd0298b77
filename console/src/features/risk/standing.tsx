import { DoorOpen, Lock, ShieldCheck, ShieldPlus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { lift } from "@/features/controls";
import { moment } from "@/lib/format";
import { useHeard, useNow, useRow } from "@/lib/live";
import { useRows } from "@/lib/rows";
import { useScope } from "@/lib/session";
import type { HaltRow } from "@/lib/types";
import { Badge, Button, Card, Confirm, Empty, Skeleton } from "@/ui";
import { tried } from "./desk";
import { allowsOf, coversOf, doorText, latchText } from "./halts";
import { ImposeForm } from "./impose";

/** Halts, and latches with what they mean; imposing and lifting. */
export function HaltsCard() {
  const halts = useRows("status", "halts");
  const heard = useHeard("status");
  const run = useRow("status", "run", "run");
  const trade = useScope("trade");
  const [imposing, setImposing] = useState(false);
  const [lifting, setLifting] = useState("");
  const rows = [...halts].sort((a, b) => Number(b.latch) - Number(a.latch) || b.since_ms - a.since_ms);
  return (
    <Card
      title={`Halts and latches${rows.length ? ` · ${rows.length}` : ""}`}
      age="status"
      actions={
        <Button size="sm" icon={ShieldPlus} disabled={!trade || !run} onClick={() => setImposing(true)}>
          Impose a halt
        </Button>
      }
      flush
    >
      {!heard ? (
        <Skeleton lines={4} />
      ) : rows.length === 0 ? (
        <Empty icon={ShieldCheck} title="Nothing is imposed">
          A halt keeps back entries, or all orders, of a strategy, a venue, a coin, an instrument or a
          holding.
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {rows.map((halt) =>
            halt.latch ? (
              <LatchLine key={`latch ${halt.name}`} halt={halt} />
            ) : (
              <HaltLine
                key={halt.name}
                halt={halt}
                onLift={trade ? () => setLifting(halt.name) : undefined}
              />
            ),
          )}
        </ul>
      )}
      <ImposeForm open={imposing} onClose={() => setImposing(false)} />
      <Confirm
        open={lifting !== ""}
        title="Lift a halt"
        action="Lift"
        withReason
        onConfirm={(reason) => {
          void tried(lift(lifting, reason));
          setLifting("");
        }}
        onClose={() => setLifting("")}
      >
        <p>
          “{lifting}” no longer stands: what waited for it goes on at once. Others that cover the same stay in
          force.
        </p>
      </Confirm>
    </Card>
  );
}

function Line({ head, children, action }: { head: ReactNode; children: ReactNode; action?: ReactNode }) {
  return (
    <li className="flex items-start gap-3 px-3 py-2.5">
      <div className="min-w-0 flex-1">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">{head}</div>
        <div className="mt-0.5 flex flex-col gap-0.5 text-xs text-soft">{children}</div>
      </div>
      {action}
    </li>
  );
}

function HaltLine({ halt, onLift }: { halt: HaltRow; onLift?: () => void }) {
  const now = useNow(60_000);
  return (
    <Line
      head={
        <>
          <span className="break-all text-sm font-medium">{halt.name}</span>
          <Badge
            tone={halt.allows.startsWith("scale") ? "info" : halt.allows === "no-trading" ? "bad" : "warn"}
          >
            {halt.allows}
          </Badge>
        </>
      }
      action={
        <Button size="sm" disabled={!onLift} onClick={onLift} aria-label={`Lift ${halt.name}`}>
          Lift
        </Button>
      }
    >
      <p>
        Covers {coversOf(halt.covers)}. {allowsOf(halt.allows)}
      </p>
      <p className="text-dim">
        {halt.reason || "No reason was given"} · {halt.by} · since {moment(halt.since_ms, now)}
      </p>
    </Line>
  );
}

function LatchLine({ halt }: { halt: HaltRow }) {
  const now = useNow(60_000);
  const text = latchText(halt.name);
  return (
    <Line
      head={
        <>
          <Lock aria-hidden className="size-3.5 text-bad" />
          <span className="text-sm font-medium text-bad">{halt.name}</span>
          <Badge tone="bad">latch</Badge>
        </>
      }
    >
      <p>
        {text.what} {text.now}
      </p>
      <p>{text.next}</p>
      <p className="text-dim">
        {halt.reason} · {halt.by} · since {moment(halt.since_ms, now)}
      </p>
    </Line>
  );
}

/** What keeps entries back that nobody imposed: it opens by itself. */
export function DoorsCard() {
  const doors = useRows("status", "doors");
  const heard = useHeard("status");
  return (
    <Card title={`Closed doors${doors.length ? ` · ${doors.length}` : ""}`} age="status" flush>
      {!heard ? (
        <Skeleton lines={2} />
      ) : doors.length === 0 ? (
        <Empty icon={DoorOpen} title="All doors are open" className="py-5">
          One closes while a venue is away or does not agree with the books, and opens by itself.
        </Empty>
      ) : (
        <ul className="divide-y divide-line">
          {doors.map((door) => (
            <Line key={door.name} head={<span className="text-sm font-medium text-warn">{door.name}</span>}>
              <p className="break-words">{door.why}</p>
              <p className="text-dim">{doorText(door.name)}</p>
            </Line>
          ))}
        </ul>
      )}
    </Card>
  );
}
