import { CircleCheck, LoaderCircle, TriangleAlert } from "lucide-react";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { get } from "@/lib/api";
import * as format from "@/lib/format";
import { useHeard, useRow, useTable } from "@/lib/live";
import type { PanicShape } from "@/lib/types";
import { Badge, Button, Confirm, Modal } from "@/ui";
import { panic, pause, rearm, resume } from "./ask";

interface DialogProps {
  open: boolean;
  onClose: () => void;
}

/** A confirmation that stays open, with what was refused in it, until what it asks has been heard. */
function Asking(
  props: DialogProps & {
    title: string;
    action: string;
    word?: string;
    danger?: boolean;
    ask: (reason: string) => Promise<unknown>;
    children: ReactNode;
  },
) {
  const { ask, onClose, children, ...rest } = props;
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const confirm = async (reason: string) => {
    setBusy(true);
    setError("");
    try {
      await ask(reason);
      onClose();
    } catch (failure) {
      const remedy =
        failure && typeof failure === "object" && "remedy" in failure ? String(failure.remedy) : "";
      setError(`${failure instanceof Error ? failure.message : failure}${remedy && `: ${remedy}`}`);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Confirm {...rest} busy={busy} error={error} withReason onConfirm={confirm} onClose={onClose}>
      {children}
    </Confirm>
  );
}

/** Pauses or resumes, whichever is due: all entries, or one strategy's. */
export function PauseDialog({
  strategy = "",
  paused,
  ...dialog
}: DialogProps & { strategy?: string; paused: boolean }) {
  const what = strategy || "all strategies";
  return paused ? (
    <Asking {...dialog} title={`Resume ${what}`} action="Resume" ask={(reason) => resume(reason, strategy)}>
      Entries are let through again, as soon as nothing else keeps them back.
    </Asking>
  ) : (
    <Asking {...dialog} title={`Pause ${what}`} action="Pause" ask={(reason) => pause(reason, strategy)}>
      Entries stop at once. What is held stays, and exits and hedges go on, until you resume.
    </Asking>
  );
}

export function RearmDialog(dialog: DialogProps) {
  const run = useRow("status", "run", "run");
  return (
    <Asking {...dialog} title="Re-arm" action="Re-arm" word="REARM" ask={rearm}>
      <p>
        Takes back {run?.latched.length ? run.latched.join(", ") : "the latch"}
        {run?.supervised ? ": the run is stopped, re-armed and started again." : "."}
      </p>
      <p className="mt-2">Do it only when you know why it fell, and that it is over.</p>
    </Asking>
  );
}

const NONE: PanicShape = {
  state: "none",
  name: "",
  lines: [],
  flat: [],
  open: {},
  began_ms: 0,
  ended_ms: 0,
  ready: false,
};
const LOOK_MS = 250;

/** Everything off: the typed word, then what it does line by line, then whether it is proven flat. */
export function PanicDialog({ open, onClose }: DialogProps) {
  const [shown, setShown] = useState<PanicShape | null>(null);
  const [asked, setAsked] = useState(false);
  const [error, setError] = useState("");

  // What stands already: a panic that runs is shown instead of the question.
  useEffect(() => {
    if (!open) return;
    setAsked(false);
    setError("");
    setShown(null);
    const control = new AbortController();
    get<PanicShape>("/v1/controls/panic", {}, control.signal)
      .then((now) => setShown((before) => before ?? now))
      .catch(() => undefined);
    return () => control.abort();
  }, [open]);

  const running = shown?.state === "running";
  useEffect(() => {
    if (!open || !running) return;
    const control = new AbortController();
    const timer = setInterval(() => {
      get<PanicShape>("/v1/controls/panic", {}, control.signal)
        .then(setShown)
        .catch(() => undefined);
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
      control.abort();
    };
  }, [open, running]);

  const start = async (reason: string) => {
    setAsked(true);
    setError("");
    setShown({ ...NONE, state: "running", lines: ["asked"], began_ms: Date.now() });
    try {
      setShown(await panic(reason));
    } catch (failure) {
      setShown(null);
      setAsked(false);
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };

  if (!open) return null;
  if (shown && (asked || running)) return <PanicProgress shown={shown} onClose={onClose} />;
  return (
    <Confirm
      open
      danger
      title="Panic"
      word="PANIC"
      action="Cancel and close everything"
      withReason
      error={error}
      onConfirm={start}
      onClose={onClose}
    >
      <Exposure />
      {shown && (
        <p className="mt-3 text-xs text-dim">
          {shown.ready
            ? "It stands ready in a process of its own and acts at once."
            : "It has to be started first: some seconds."}
          {shown.state !== "none" &&
            ` The last one began ${format.stamp(shown.began_ms)} ${format.zone()} and ended ${shown.state}.`}
        </p>
      )}
    </Confirm>
  );
}

/** What it does, and how much of it there is to do now. */
function Exposure() {
  const orders = useTable("orders", "working").size;
  const positions = useTable("status", "positions").size;
  const holdings = useTable("status", "holdings").size;
  const heard = { orders: useHeard("orders"), status: useHeard("status") };
  const now = (known: boolean, many: number, what: string) =>
    known && (
      <span className="text-text tabular-nums">{` (now ${many} ${what}${many === 1 ? "" : "s"})`}</span>
    );
  return (
    <ul className="flex list-disc flex-col gap-1 pl-4 marker:text-dim">
      <li>Every order is cancelled at every venue{now(heard.orders, orders, "order")}.</li>
      <li>
        Every position is closed at the market, whatever it costs{now(heard.status, positions, "position")}.
      </li>
      <li>Every coin that the run bought is sold{now(heard.status, holdings, "holding")}.</li>
      <li>No entry is made again until somebody re-arms.</li>
    </ul>
  );
}

function PanicProgress({ shown, onClose }: { shown: PanicShape; onClose: () => void }) {
  const end = useRef<HTMLLIElement>(null);
  const count = shown.lines.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the last line is kept in sight as lines come
  useEffect(() => {
    end.current?.scrollIntoView({ block: "nearest" });
  }, [count]);
  const open = Object.entries(shown.open);
  const took = shown.ended_ms > shown.began_ms ? format.age(shown.ended_ms - shown.began_ms) : "";
  return (
    <Modal open danger title="Panic" onClose={onClose}>
      <div role="status" className="flex items-center gap-2 text-sm font-medium">
        {shown.state === "running" ? (
          <>
            <LoaderCircle aria-hidden className="size-4 animate-spin text-warn" /> Closing everything
          </>
        ) : shown.state === "flat" ? (
          <>
            <CircleCheck aria-hidden className="size-4 text-good" /> Flat{took && `, in ${took}`}
          </>
        ) : (
          <>
            <TriangleAlert aria-hidden className="size-4 text-bad" /> Something is still open
          </>
        )}
      </div>
      <ol className="mt-3 max-h-64 min-h-40 overflow-y-auto rounded-md border border-line bg-ground p-3 font-mono text-xs leading-5 text-soft">
        {shown.lines.map((line, index) => (
          <li key={index} ref={index === count - 1 ? end : undefined} className="break-words">
            {line}
          </li>
        ))}
      </ol>
      <div className="mt-3 flex min-h-6 flex-wrap gap-1.5">
        {shown.flat.map((venue) => (
          <Badge key={venue} tone="good">
            {venue} flat
          </Badge>
        ))}
        {open.map(([venue, what]) => (
          <Badge key={venue} tone="bad">
            {venue}: {what}
          </Badge>
        ))}
      </div>
      <div className="mt-4 flex justify-end">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Modal>
  );
}
