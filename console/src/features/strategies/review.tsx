import { ArrowRight, CircleCheck, GitCompareArrows, KeyRound, TriangleAlert } from "lucide-react";
import { type FormEvent, type ReactNode, useState } from "react";
import { time } from "@/lib/format";
import { href } from "@/lib/router";
import { useScope, useSession } from "@/lib/session";
import type { ConfigShape } from "@/lib/types";
import { Badge, Button, cx, Input, SlideOver } from "@/ui";
import { type Change, type Edits, effect, rebased, without } from "./changes";
import { apply, type Looked, type Outcome, useReread } from "./config";
import { setEdits } from "./drafts";
import { shown } from "./rules";

/** The bar that stands while there are edits, and beside the page the difference that is applied. */
export function Review({ config, edits, looked }: { config: ConfigShape; edits: Edits; looked: Looked }) {
  const [open, setOpen] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>();
  const [busy, setBusy] = useState(false);
  const reread = useReread();
  const keys = Object.keys(edits);
  const troubles = looked.problems.length + (looked.told?.problems.length ?? 0);

  const submit = async (reason: string) => {
    setBusy(true);
    const result = await apply(looked.changes, config.version, reason);
    if (result.state === "applied")
      setEdits(
        without(
          edits,
          result.changes.map((one) => one.key),
        ),
      );
    if (result.state === "applied" || result.state === "conflict") await reread();
    setOutcome(result);
    setBusy(false);
  };
  const close = () => {
    setOpen(false);
    setOutcome(undefined);
  };

  return (
    <>
      {keys.length > 0 && (
        <div
          role="region"
          aria-label="Edits"
          className="sticky bottom-3 z-20 flex flex-wrap items-center gap-x-4 gap-y-2 rounded-lg border border-lime/50 bg-raised px-4 py-2.5 shadow-2xl"
        >
          <p className="text-sm" aria-live="polite">
            <span className="font-medium">{keys.length === 1 ? "1 edit" : `${keys.length} edits`}</span>{" "}
            <span className={troubles > 0 ? "text-bad" : "text-soft"}>
              {troubles > 0
                ? `${troubles} ${troubles === 1 ? "breaks its rule" : "break their rules"}`
                : looked.waiting
                  ? "being looked at"
                  : effect(looked.changes)}
            </span>
          </p>
          <div className="ml-auto flex gap-2">
            <Button onClick={() => setEdits({})}>Discard</Button>
            <Button kind="primary" icon={GitCompareArrows} onClick={() => setOpen(true)}>
              Review
            </Button>
          </div>
        </div>
      )}
      <SlideOver
        open={open}
        onClose={close}
        title={outcome?.state === "applied" ? "Applied" : "What will be changed"}
        subtitle={config.place}
      >
        {outcome?.state === "applied" ? (
          <Applied outcome={outcome} onClose={close} />
        ) : (
          <Proposed
            config={config}
            edits={edits}
            looked={looked}
            outcome={outcome}
            busy={busy}
            onApply={(reason) => void submit(reason)}
          />
        )}
      </SlideOver>
    </>
  );
}

interface ProposedProps {
  config: ConfigShape;
  edits: Edits;
  looked: Looked;
  outcome: Outcome | undefined;
  busy: boolean;
  onApply: (reason: string) => void;
}

function Proposed({ config, edits, looked, outcome, busy, onApply }: ProposedProps) {
  const [reason, setReason] = useState("");
  const { session } = useSession();
  const admin = useScope("admin");
  const problems = [
    ...looked.problems.map((one) => ({ ...one, remedy: "" })),
    ...(looked.told?.problems ?? []),
  ];
  const moved = looked.moved;
  const ready =
    admin &&
    looked.changes.length > 0 &&
    problems.length === 0 &&
    moved.length === 0 &&
    !looked.waiting &&
    looked.told?.ok === true;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !busy) onApply(reason);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4 p-4">
      {outcome && <Told outcome={outcome} />}
      {moved.length > 0 && (
        <Note tone="warn" title="Changed by somebody else meanwhile">
          <p className="break-words">
            {moved.join(", ")}. The difference below is from what stands now; your edits were kept.
          </p>
          <div className="mt-2 flex gap-2">
            <Button size="sm" onClick={() => setEdits(rebased(edits, config.settings))}>
              I have looked: keep mine
            </Button>
            <Button size="sm" onClick={() => setEdits(without(edits, moved))}>
              Take theirs
            </Button>
          </div>
        </Note>
      )}
      <Diff changes={looked.changes} problems={problems} />
      {looked.error && (
        <Note tone="bad" title={looked.error.message}>
          {looked.error.remedy}
          <div className="mt-2">
            <Button size="sm" onClick={looked.retry}>
              Try again
            </Button>
          </div>
        </Note>
      )}
      <p className="text-sm text-soft">
        {effect(looked.changes)}{" "}
        {looked.told?.ok && looked.told.file && <>Written into {looked.told.file}, comments kept.</>}
      </p>
      <Input
        label="Reason, for the journal"
        value={reason}
        maxLength={200}
        onChange={(event) => setReason(event.target.value)}
      />
      <div className="flex flex-wrap items-center justify-end gap-3">
        {!admin && (
          <p className="mr-auto text-xs text-warn">
            {session?.needs_totp ? (
              <>
                Applying needs a second factor:{" "}
                <a className="underline" href={href("settings", { tab: "account" })}>
                  set it up
                </a>
              </>
            ) : (
              "Applying needs the scope admin."
            )}
          </p>
        )}
        <Button type="submit" kind="primary" disabled={!ready} busy={busy}>
          {looked.waiting ? "Being looked at" : "Apply"}
        </Button>
      </div>
    </form>
  );
}

function Diff({
  changes,
  problems,
}: {
  changes: readonly Change[];
  problems: readonly { key: string; text: string; remedy: string }[];
}) {
  const keys = [...new Set([...changes.map((one) => one.key), ...problems.map((one) => one.key)])];
  return (
    <ul
      aria-label="Changes"
      className="flex flex-col divide-y divide-line rounded-md border border-line bg-ground"
    >
      {keys.map((key) => {
        const change = changes.find((one) => one.key === key);
        const problem = problems.find((one) => one.key === key);
        return (
          <li key={key} className="flex flex-col gap-1 px-3 py-2">
            <div className="flex items-center gap-2">
              <span className="min-w-0 flex-1 break-all font-mono text-xs text-soft">{key}</span>
              {change && (
                <Badge tone={change.applies === "hot" ? "accent" : "soft"}>
                  {change.applies === "hot" ? "at once" : "restart"}
                </Badge>
              )}
            </div>
            {change && (
              <p className="flex flex-wrap items-center gap-2 font-mono text-sm">
                <del className="break-all rounded-sm bg-bad-deep px-1.5 text-bad no-underline">
                  {shown(change.before)}
                </del>
                <ArrowRight aria-label="to" className="size-3.5 shrink-0 text-dim" />
                <ins className="break-all rounded-sm bg-good-deep px-1.5 text-good no-underline">
                  {shown(change.after)}
                </ins>
              </p>
            )}
            {problem && (
              <p className="text-xs text-bad">{[problem.text, problem.remedy].filter(Boolean).join(": ")}</p>
            )}
          </li>
        );
      })}
      {keys.length === 0 && <li className="px-3 py-4 text-center text-sm text-dim">Nothing is changed.</li>}
    </ul>
  );
}

function Told({ outcome }: { outcome: Outcome }) {
  switch (outcome.state) {
    case "conflict":
      return (
        <Note tone="warn" title="The configuration was changed meanwhile">
          Nothing was applied. It was read again: look at the difference, then apply.
        </Note>
      );
    case "code needed":
      return (
        <Note tone="warn" title="A second factor is needed" icon={KeyRound}>
          <p>Nothing was applied. Changing the configuration needs a confirmed code; your edits are kept.</p>
          <a className="mt-2 inline-block underline" href={href("settings", { tab: "account" })}>
            Set it up under Settings
          </a>
        </Note>
      );
    case "refused":
      return (
        <Note tone="bad" title="Nothing was applied">
          {outcome.told.problems.map((one) => `${one.key} ${one.text}`).join("; ") || outcome.told.text}
        </Note>
      );
    case "failed":
      return (
        <Note tone="bad" title="Nothing was applied">
          {outcome.error.message}
          {"remedy" in outcome.error && outcome.error.remedy ? `: ${outcome.error.remedy}` : ""}
        </Note>
      );
    default:
      return null;
  }
}

function Applied({ outcome, onClose }: { outcome: Outcome & { state: "applied" }; onClose: () => void }) {
  const { told, changes } = outcome;
  return (
    <div className="flex flex-col gap-4 p-4">
      <Note tone="good" title={effect(changes)} icon={CircleCheck}>
        {told.text || `Written at ${time(outcome.at_ms, true)}.`}
      </Note>
      <Diff changes={told.diff.length > 0 ? told.diff : changes} problems={[]} />
      {told.file && <p className="break-all text-xs text-dim">Written into {told.file}</p>}
      <div className="flex justify-end">
        <Button kind="primary" onClick={onClose} autoFocus>
          Done
        </Button>
      </div>
    </div>
  );
}

const NOTES = {
  good: "border-good/30 bg-good-deep text-good",
  warn: "border-warn/30 bg-warn-deep text-warn",
  bad: "border-bad/35 bg-bad-deep text-bad",
};

function Note({
  tone,
  title,
  icon: Icon = TriangleAlert,
  children,
}: {
  tone: keyof typeof NOTES;
  title: string;
  icon?: typeof TriangleAlert;
  children?: ReactNode;
}) {
  return (
    <div
      role={tone === "good" ? "status" : "alert"}
      className={cx("flex gap-2.5 rounded-md border p-3", NOTES[tone])}
    >
      <Icon aria-hidden className="mt-0.5 size-4 shrink-0" />
      <div className="min-w-0 text-xs text-soft">
        <p className="mb-0.5 text-sm font-medium text-text">{title}</p>
        {children}
      </div>
    </div>
  );
}
