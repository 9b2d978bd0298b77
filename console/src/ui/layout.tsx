import type { ReactNode } from "react";
import { AgeDot, type AgeOf } from "./age";
import { cx } from "./cx";
import { Figure } from "./figure";
import type { Tone } from "./tone";

export interface PageProps {
  title: string;
  /** Beside the title: filters, counts. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A page: its heading, and what is on it in a column of cards. */
export function Page({ title, aside, children }: PageProps) {
  return (
    <div className="mx-auto flex w-full max-w-[1920px] flex-col gap-3 p-3 md:p-4">
      <header className="flex min-h-8 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="text-[1.0625rem] font-semibold tracking-[-0.01em]">{title}</h1>
        {aside && <div className="flex flex-wrap items-center gap-2">{aside}</div>}
      </header>
      {children}
    </div>
  );
}

export interface CardProps {
  title?: ReactNode;
  /** Whose age stands in the head. */
  age?: AgeOf;
  actions?: ReactNode;
  /** Content up to the border: tables and charts. */
  flush?: boolean;
  className?: string;
  children: ReactNode;
}

export function Card({ title, age, actions, flush, className, children }: CardProps) {
  return (
    <section className={cx("flex min-w-0 flex-col rounded-lg border border-line bg-panel", className)}>
      {(title || age || actions) && (
        <header className="flex min-h-9 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1.5">
          {title && <h2 className="text-xs font-semibold text-soft">{title}</h2>}
          <div className="ml-auto flex items-center gap-2">
            {actions}
            {age && <AgeDot of={age} />}
          </div>
        </header>
      )}
      <div className={cx("min-h-0 min-w-0 flex-1", !flush && "p-3")}>{children}</div>
    </section>
  );
}

export interface StatProps {
  label: string;
  /** A node, or a figure's value with `digits` and `unit`. */
  value: ReactNode;
  /** Second line: a change, a comparison. */
  delta?: ReactNode;
  tone?: Tone;
  hint?: string;
  age?: AgeOf;
  digits?: number;
  unit?: string;
  className?: string;
}

/** A figure that matters, with its name. A string or number as `value` is written as a `Figure`. */
export function Stat({
  label,
  value,
  delta,
  tone = "plain",
  hint,
  age,
  digits = 2,
  unit,
  className,
}: StatProps) {
  const figure = typeof value === "string" || typeof value === "number" || value === null;
  return (
    <div className={cx("flex min-w-0 flex-col gap-0.5", className)} title={hint}>
      <div className="flex items-center justify-between gap-2 text-2xs text-dim">
        <span className="truncate">{label}</span>
        {age && <AgeDot of={age} quiet />}
      </div>
      <div className="truncate text-lg font-medium leading-6">
        {figure ? <Figure value={value} digits={digits} tone={tone} unit={unit} align="left" /> : value}
      </div>
      {delta !== undefined && <div className="min-h-4 truncate text-2xs text-soft">{delta}</div>}
    </div>
  );
}
