import { useRef } from "react";
import { money, NONE, number, parse } from "@/lib/format";
import { cx } from "./cx";
import { bySign, TEXT, type Tone } from "./tone";

export interface FigureProps {
  /** Exact decimal text, or a float measure; null is not known. */
  value: string | number | null | undefined;
  digits?: number;
  /** "auto": good or bad by its sign, which is then written out. */
  tone?: Tone;
  unit?: string;
  /** Write + as well; "auto" does anyway. */
  sign?: boolean;
  /** Where it stands in the width that it keeps: right unless told. */
  align?: "left" | "right";
  className?: string;
}

/**
 * A number that ticks. Tabular, right-aligned, and never narrower than it once was, so that nothing beside it moves.
 */
export function Figure({
  value,
  digits = 2,
  tone = "plain",
  unit,
  sign,
  align = "right",
  className,
}: FigureProps) {
  const widest = useRef(0);
  const signed = sign || tone === "auto";
  const text =
    typeof value === "number"
      ? number(value, digits, signed)
      : money(value ?? null, { digits, sign: signed });
  widest.current = Math.max(widest.current, text.length);
  const known = text !== NONE;
  const colour = tone === "auto" ? bySign(signOf(value, digits)) : tone;
  return (
    <span className={cx("inline-block whitespace-nowrap tabular-nums", className)}>
      <span
        className={cx("inline-block", align === "right" && "text-right", known ? TEXT[colour] : "text-dim")}
        style={{ minWidth: `${widest.current * 0.56}em` }}
      >
        {text}
      </span>
      {unit && <span className="ml-1 text-[max(0.72em,0.6875rem)] font-normal text-dim">{unit}</span>}
    </span>
  );
}

/** The sign of what is shown: −0.004 at two places is 0. */
function signOf(value: string | number | null | undefined, digits: number): number {
  if (value === null || value === undefined) return 0;
  const read = typeof value === "number" ? value : parse(value) && Number(value);
  if (read === null || !Number.isFinite(read)) return 0;
  return Math.abs(read) < 0.5 * 10 ** -digits ? 0 : Math.sign(read);
}
