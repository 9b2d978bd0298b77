import type { ReactNode } from "react";
import { cx } from "./cx";
import { FILL, type Tone } from "./tone";

export interface BadgeProps {
  tone?: Exclude<Tone, "auto">;
  title?: string;
  className?: string;
  children: ReactNode;
}

export function Badge({ tone = "soft", title, className, children }: BadgeProps) {
  return (
    <span
      title={title}
      className={cx(
        "inline-flex h-5 items-center gap-1 whitespace-nowrap rounded-sm border px-1.5 text-2xs font-medium",
        FILL[tone],
        className,
      )}
    >
      {children}
    </span>
  );
}
