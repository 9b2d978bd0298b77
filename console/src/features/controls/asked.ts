// What became of a control: asked, then in force, by what the stream shows and not by what was hoped for.

import type { ControlShape, HaltRow, RunRow } from "@/lib/types";

export type Wish =
  | { kind: "pause"; strategy: string }
  | { kind: "resume"; strategy: string }
  | { kind: "impose"; name: string }
  | { kind: "lift"; name: string };

export interface Seen {
  run: RunRow | undefined;
  halts: readonly HaltRow[];
}

export interface Asked {
  wish: Wish;
  asked_ms: number;
  answer?: ControlShape;
  /** Why it was refused; empty while it was not. */
  refused: string;
  remedy: string;
  /** By the gateway's clock; 0 while it is not. */
  in_force_ms: number;
  /** When this page saw it, by its own clock. */
  seen_ms: number;
}

export type Standing = "sending" | "asked" | "in force" | "refused" | "silent";

/** After so long without an effect the operator is told that nothing was heard. */
export const PATIENCE_MS = 5000;

/** Whether the stream shows that it is so. */
export function holds(wish: Wish, seen: Seen): boolean {
  switch (wish.kind) {
    case "pause":
      return wish.strategy === ""
        ? seen.run?.paused === true
        : seen.halts.some((one) => keepsBack(one, wish.strategy));
    case "resume":
      return wish.strategy === ""
        ? seen.run !== undefined && !seen.run.paused
        : !seen.halts.some((one) => keepsBack(one, wish.strategy));
    case "impose":
      return seen.halts.some((one) => one.name === wish.name);
    case "lift":
      return seen.run !== undefined && !seen.halts.some((one) => one.name === wish.name);
  }
}

function keepsBack(halt: HaltRow, strategy: string): boolean {
  return halt.name.startsWith("paused") && (halt.covers.strategy ?? "") === strategy;
}

/** The same with what was seen at `now_ms`. */
export function looked(asked: Asked, seen: Seen, now_ms: number): Asked {
  if (asked.in_force_ms > 0 || asked.refused !== "" || asked.answer === undefined) return asked;
  // Since when: the gateway's word that the journal has it, or else the moment that it was seen.
  const since_ms = asked.answer.state === "done" ? asked.answer.at_ms : now_ms;
  if (holds(asked.wish, seen)) return { ...asked, in_force_ms: since_ms, seen_ms: now_ms };
  // No run is there to show it.
  if (asked.answer.state === "done" && seen.run?.freshness !== "live")
    return { ...asked, in_force_ms: asked.answer.at_ms, seen_ms: now_ms };
  return asked;
}

export function standingOf(asked: Asked, now_ms: number): Standing {
  if (asked.refused !== "") return "refused";
  if (asked.in_force_ms > 0) return "in force";
  if (asked.answer === undefined) return "sending";
  return now_ms - asked.asked_ms > PATIENCE_MS ? "silent" : "asked";
}

export function wishText(wish: Wish): string {
  const of = "strategy" in wish && wish.strategy !== "" ? ` ${wish.strategy}` : " all entries";
  switch (wish.kind) {
    case "pause":
      return `Pause${of}`;
    case "resume":
      return `Resume${of}`;
    case "impose":
      return `Impose "${wish.name}"`;
    case "lift":
      return `Lift "${wish.name}"`;
  }
}
