import { CircleAlert, type LucideIcon, RotateCw } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError } from "@/lib/http";
import { Button } from "./button";
import { cx } from "./cx";

export interface EmptyProps {
  icon?: LucideIcon;
  title: string;
  /** What would have to happen for something to be here. */
  children?: ReactNode;
  className?: string;
}

/** Nothing is here, and that is no fault. */
export function Empty({ icon: Icon, title, children, className }: EmptyProps) {
  return (
    <div className={cx("flex flex-col items-center justify-center gap-1.5 px-6 py-8 text-center", className)}>
      {Icon && <Icon aria-hidden className="mb-1 size-5 text-dim" strokeWidth={1.5} />}
      <p className="text-sm text-soft">{title}</p>
      {children && <div className="max-w-prose text-xs text-dim">{children}</div>}
    </div>
  );
}

export interface ErrorStateProps {
  error: unknown;
  onRetry?: () => void;
  className?: string;
}

/** What went wrong, what helps, and the way to try again. */
export function ErrorState({ error, onRetry, className }: ErrorStateProps) {
  const message = error instanceof Error ? error.message : String(error);
  const remedy = error instanceof ApiError ? error.remedy : "";
  return (
    <div role="alert" className={cx("flex flex-col items-center gap-2 px-6 py-8 text-center", className)}>
      <CircleAlert aria-hidden className="size-5 text-bad" strokeWidth={1.5} />
      <p className="text-sm text-text">{message}</p>
      {remedy && <p className="max-w-prose text-xs text-soft">{remedy}</p>}
      {onRetry && (
        <Button size="sm" onClick={onRetry} icon={RotateCw}>
          Try again
        </Button>
      )}
    </div>
  );
}

export interface SkeletonProps {
  /** Lines of text; or give a height. */
  lines?: number;
  height?: number | string;
  className?: string;
}

/** Holds the place of what is being loaded. */
export function Skeleton({ lines = 3, height, className }: SkeletonProps) {
  const bar = "rounded-sm bg-raised motion-safe:animate-[shimmer_1.6s_ease-in-out_infinite]";
  if (height !== undefined) {
    return (
      <div role="status" className={cx(bar, "w-full", className)} style={{ height }}>
        <span className="sr-only">Loading</span>
      </div>
    );
  }
  return (
    <div role="status" className={cx("flex flex-col gap-2.5 p-3", className)}>
      <span className="sr-only">Loading</span>
      {Array.from({ length: lines }, (_, line) => (
        <div key={line} className={cx(bar, "h-3")} style={{ width: `${92 - ((line * 23) % 47)}%` }} />
      ))}
    </div>
  );
}
