// Controls that were asked for, and what became of them. They outlive the page that asked: who comes back sees them.
import { useEffect, useSyncExternalStore } from "react";
import { ApiError } from "@/lib/api";
import { useRow, useTable } from "@/lib/live";
import type { ControlShape } from "@/lib/types";
import { type Asked, looked, type Seen, type Wish } from "./asked";

const KEPT = 5;

let asked: readonly Asked[] = [];
const watchers = new Set<() => void>();

function put(next: readonly Asked[]): void {
  if (next === asked) return;
  asked = next;
  for (const watcher of watchers) watcher();
}

function replace(old: Asked, next: Asked): void {
  put(asked.map((one) => (one === old ? next : one)));
}

/** Keeps what is asked for until it is in force. Raises what the call raises. */
export async function tracked(wish: Wish, call: () => Promise<ControlShape>): Promise<ControlShape> {
  const made: Asked = { wish, asked_ms: Date.now(), refused: "", remedy: "", in_force_ms: 0, seen_ms: 0 };
  put([made, ...asked].slice(0, KEPT));
  try {
    const answer = await call();
    replace(made, { ...made, answer });
    return answer;
  } catch (error) {
    const refused = error instanceof Error ? error.message : String(error);
    replace(made, { ...made, refused, remedy: error instanceof ApiError ? error.remedy : "" });
    throw error;
  }
}

export function forget(one: Asked): void {
  put(asked.filter((other) => other !== one));
}

/** What was asked for lately, newest first, as the stream shows it now. */
export function useAsked(): readonly Asked[] {
  const list = useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => asked,
  );
  const run = useRow("status", "run", "run");
  const halts = useTable("status", "halts");
  useEffect(() => {
    const seen: Seen = { run, halts: [...halts.values()] };
    const next = list.map((one) => looked(one, seen, Date.now()));
    if (next.some((one, n) => one !== list[n])) put(next);
  }, [list, run, halts]);
  return list;
}
