import { useState } from "react";
import { useApi } from "@/lib/api";
import { NONE, number, percent } from "@/lib/format";
import { href } from "@/lib/router";
import type { LimitShape } from "@/lib/types";
import { Card, Choice, cx, Empty, ErrorState, Skeleton } from "@/ui";
import { weightOf } from "./ladder";

const BARS = { unknown: "bg-edge", calm: "bg-lime", near: "bg-warn", at: "bg-bad" };
const WORDS = { unknown: "not known", calm: "", near: "near", at: "at the limit" };

/** What every order is held to, and how much of it is used now. */
export function LimitsCard() {
  const limits = useApi<readonly LimitShape[]>("/v1/limits", { every: 2000, keep: true });
  const [order, setOrder] = useState<"used" | "name">("used");
  return (
    <Card
      title="Limits"
      age={{ at: limits.dataUpdatedAt, lateMs: 6000 }}
      actions={
        <Choice
          label="Order of the limits"
          value={order}
          onChange={setOrder}
          options={[
            { value: "used", label: "Most used" },
            { value: "name", label: "As set" },
          ]}
        />
      }
    >
      {limits.data === undefined ? (
        limits.isError ? (
          <ErrorState error={limits.error} onRetry={() => void limits.refetch()} />
        ) : (
          <Skeleton height={300} />
        )
      ) : limits.data.length === 0 ? (
        <Empty title="No limits yet">They are shown once a run has begun.</Empty>
      ) : (
        <ul className="grid gap-x-8 gap-y-0 sm:grid-cols-2 xl:grid-cols-3">
          {ordered(limits.data, order).map((limit) => (
            <Usage key={`${limit.key} ${limit.name}`} limit={limit} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function ordered(limits: readonly LimitShape[], order: "used" | "name"): readonly LimitShape[] {
  if (order === "name") return limits;
  return [...limits].sort((a, b) => (b.share ?? -1) - (a.share ?? -1));
}

function Usage({ limit }: { limit: LimitShape }) {
  const weight = weightOf(limit.share);
  const filled = Math.min(Math.max(limit.share ?? 0, 0), 1);
  return (
    <li className="min-w-0 border-b border-line py-2 text-xs" title={limit.meaning}>
      <div className="flex items-baseline justify-between gap-3">
        <a
          href={href("strategies", { q: limit.key })}
          className="truncate text-text underline-offset-2 hover:underline"
        >
          {limit.name}
        </a>
        <span className="shrink-0 tabular-nums text-soft">
          <span className="text-text">{figure(limit.used, limit.unit, false)}</span> of{" "}
          {figure(limit.limit, limit.unit)}
        </span>
      </div>
      <div
        role="meter"
        aria-label={limit.name}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(filled * 100)}
        aria-valuetext={limit.share === null ? "not known" : percent(limit.share, 0)}
        className="my-1.5 h-1.5 rounded-full bg-raised"
      >
        <div className={cx("h-full rounded-full", BARS[weight])} style={{ width: `${filled * 100}%` }} />
      </div>
      <div className="flex justify-between gap-3 text-2xs text-dim">
        <span className="truncate">{limit.meaning}</span>
        <span
          className={cx(
            "shrink-0 tabular-nums",
            weight === "near" ? "text-warn" : weight === "at" ? "text-bad" : "text-dim",
          )}
        >
          {[limit.share === null ? "" : percent(limit.share, 0), WORDS[weight]].filter(Boolean).join(" · ")}
        </span>
      </div>
    </li>
  );
}

/** A figure of a limit in its unit; shares of a whole read better as percent. */
export function figure(value: number | null, unit: string, named = true): string {
  if (value === null) return NONE;
  if (unit === "fraction" || unit.startsWith("share")) return percent(value, Math.abs(value) < 0.1 ? 2 : 1);
  const text = Number.isInteger(value) || Math.abs(value) >= 1000 ? number(value, 0) : number(value, 2);
  if (unit === "times") return `${text}×`;
  return named && unit !== "quote" && unit !== "" ? `${text} ${unit}` : text;
}
