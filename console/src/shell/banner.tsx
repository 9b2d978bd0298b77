import { CirclePause, type LucideIcon, OctagonAlert, ShieldCheck, Square, WifiOff } from "lucide-react";
import { type ReactNode, useState } from "react";
import { openControl } from "@/features/controls";
import * as format from "@/lib/format";
import { useHealth, useNow, useRow, useStaleness, useTable } from "@/lib/live";
import { useScope, useSession } from "@/lib/session";
import { Button, cx } from "@/ui";

interface Said {
  tone: "bad" | "warn" | "info";
  icon: LucideIcon;
  text: ReactNode;
  action?: ReactNode;
}

/** The one thing that an operator must know before anything else on the page; nothing while all is well. */
export function Banner() {
  const said = useSaid();
  return (
    <div role="status" aria-live="polite" className="shrink-0">
      {said && (
        <div
          className={cx(
            "flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-b px-3 py-1.5 text-sm md:px-4",
            said.tone === "bad" && "border-bad/40 bg-bad-deep text-bad",
            said.tone === "warn" && "border-warn/40 bg-warn-deep text-warn",
            said.tone === "info" && "border-info/40 bg-info-deep text-info",
          )}
        >
          <said.icon aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
          <span className="min-w-0 flex-1">{said.text}</span>
          {said.action}
        </div>
      )}
    </div>
  );
}

function useSaid(): Said | null {
  const { link, text, retryAt } = useHealth();
  const { level, ageMs } = useStaleness("status");
  const run = useRow("status", "run", "run");
  const halts = useTable("status", "halts");
  const admin = useScope("admin");
  const trade = useScope("trade");
  const { session } = useSession();
  const [later, setLater] = useState(false);
  useNow(1000);
  if (link === "refused") return { tone: "bad", icon: WifiOff, text: `The stream is closed: ${text}` };
  if (link === "waiting" || (link === "connecting" && level === "stale")) {
    const wait = retryAt ? Math.max(0, Math.ceil((retryAt - Date.now()) / 1000)) : 0;
    return {
      tone: "bad",
      icon: WifiOff,
      text: `Offline: ${text || "connecting"}. What you see is ${ageMs === null ? "nothing yet" : `${format.age(ageMs)} old`}. ${wait > 1 ? `Trying again in ${wait}s.` : "Trying again."}`,
    };
  }
  if (!run) return null;
  if (run.freshness === "ended" || run.freshness === "finished") {
    return {
      tone: "info",
      icon: Square,
      text: `This run ${run.freshness === "ended" ? "has stopped" : "is finished"}: what you see is its last moment, ${format.stamp(run.at_ms)} ${format.zone()}.`,
    };
  }
  if (level === "stale") {
    return {
      tone: "bad",
      icon: OctagonAlert,
      text: `Stale: the run has said nothing for ${format.age(ageMs)}. Nothing here is so now.`,
    };
  }
  if (run.latched.length > 0) {
    return {
      tone: "bad",
      icon: OctagonAlert,
      text: `Latched by ${run.latched.join(", ")}: no entries until somebody re-arms.`,
      action: (
        <Button
          size="sm"
          disabled={!admin}
          title={admin ? undefined : "This needs the scope admin"}
          onClick={() => openControl({ kind: "rearm" })}
        >
          Re-arm
        </Button>
      ),
    };
  }
  if (run.paused) {
    const mine =
      [...halts.values()].find((halt) => Object.keys(halt.covers).length === 0) ?? [...halts.values()][0];
    return {
      tone: "warn",
      icon: CirclePause,
      text: `Paused${mine?.by ? ` by ${mine.by}` : ""}${mine?.since_ms ? ` since ${format.time(mine.since_ms)} ${format.zone()}` : ""}${mine?.reason ? `: ${mine.reason}` : ""}. Exits go on, entries do not.`,
      action: (
        <Button size="sm" disabled={!trade} onClick={() => openControl({ kind: "pause" })}>
          Resume
        </Button>
      ),
    };
  }
  if (run.state === "halted") {
    return {
      tone: "bad",
      icon: OctagonAlert,
      text: `Halted${run.rung ? `: ${run.rung}` : ""}. Doors and halts on the Risk page say why.`,
    };
  }
  if (session?.needs_totp && !later) {
    return {
      tone: "info",
      icon: ShieldCheck,
      text: "Administration is held back until you have set up a second factor.",
      action: (
        <>
          <Button size="sm" onClick={() => openControl({ kind: "totp" })}>
            Set up
          </Button>
          <Button size="sm" kind="ghost" onClick={() => setLater(true)}>
            Later
          </Button>
        </>
      ),
    };
  }
  return null;
}
