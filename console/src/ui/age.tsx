import { age as written } from "@/lib/format";
import { type Level, type Staleness, useNow, useStaleness } from "@/lib/live";
import type { Channel } from "@/lib/protocol";
import { cx } from "./cx";

const WORDS: Record<Level, string> = {
  live: "live",
  late: "late",
  stale: "stale",
  ended: "ended",
  none: "no data",
};

const LOOKS: Record<Level, { dot: string; text: string }> = {
  live: { dot: "bg-lime", text: "text-dim" },
  late: { dot: "bg-warn", text: "text-warn" },
  stale: { dot: "bg-bad", text: "text-bad" },
  ended: { dot: "border border-dim", text: "text-dim" },
  none: { dot: "border border-dim", text: "text-dim" },
};

/** What a figure's age may be given as: a channel of the stream, when a document came, or a staleness itself. */
export type AgeOf = Channel | { at: number; lateMs?: number } | Staleness;

export interface AgeDotProps {
  of: AgeOf;
  /** For beside a figure: only the dot while all is well or over, dot and age when late. */
  quiet?: boolean;
  className?: string;
}

/** How old what is shown is: a dot by its level, the word when it is not live, the age beside it. */
export function AgeDot({ of, quiet, className }: AgeDotProps) {
  if (typeof of === "string") return <OfChannel channel={of} quiet={quiet} className={className} />;
  if ("at" in of) return <OfDocument at={of.at} lateMs={of.lateMs} quiet={quiet} className={className} />;
  return <Dot {...of} quiet={quiet} className={className} />;
}

function OfChannel({ channel, ...rest }: { channel: Channel; quiet?: boolean; className?: string }) {
  return <Dot {...useStaleness(channel)} {...rest} />;
}

function OfDocument({
  at,
  lateMs,
  ...rest
}: {
  at: number;
  lateMs?: number;
  quiet?: boolean;
  className?: string;
}) {
  useNow(1000);
  if (!at) return <Dot ageMs={null} level="none" {...rest} />;
  const ageMs = Math.max(0, Math.floor((Date.now() - at) / 1000) * 1000);
  return <Dot ageMs={ageMs} level={lateMs !== undefined && ageMs > lateMs ? "late" : "live"} {...rest} />;
}

function Dot({ ageMs, level, quiet, className }: Staleness & { quiet?: boolean; className?: string }) {
  const look = LOOKS[level];
  const late = level === "late" || level === "stale";
  const words = quiet
    ? late
      ? written(ageMs)
      : ""
    : level === "live"
      ? written(ageMs)
      : ageMs === null
        ? WORDS[level]
        : `${WORDS[level]} ${written(ageMs)}`;
  return (
    <span
      className={cx(
        "inline-flex items-center gap-1.5 whitespace-nowrap text-2xs tabular-nums",
        look.text,
        className,
      )}
      title={ageMs === null ? WORDS[level] : `${WORDS[level]}: ${written(ageMs)} old`}
    >
      <span aria-hidden className={cx("size-1.5 shrink-0 rounded-full", look.dot)} />
      {words || <span className="sr-only">{WORDS[level]}</span>}
    </span>
  );
}
