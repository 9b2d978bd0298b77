// Edits that were not applied yet. They stay as one moves between pages, and over a reload of this tab.
import { useEffect, useSyncExternalStore } from "react";
import type { Edits } from "./changes";

const KEY = "titan.config.edits";

let edits: Edits = read();
const watchers = new Set<() => void>();

function read(): Edits {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
    return isEdits(kept) ? kept : {};
  } catch {
    return {};
  }
}

function isEdits(kept: unknown): kept is Edits {
  return (
    typeof kept === "object" &&
    kept !== null &&
    Object.values(kept).every((one) => typeof (one as { typed?: unknown } | null)?.typed === "string")
  );
}

export function setEdits(next: Edits): void {
  if (next === edits) return;
  edits = next;
  try {
    if (Object.keys(next).length === 0) sessionStorage.removeItem(KEY);
    else sessionStorage.setItem(KEY, JSON.stringify(next));
  } catch {
    // Without a place to keep them they live as long as the page.
  }
  for (const watcher of watchers) watcher();
}

export function currentEdits(): Edits {
  return edits;
}

export function useEdits(): Edits {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, currentEdits);
}

/** The browser asks before a tab with edits is closed. */
export function useWarning(on: boolean): void {
  useEffect(() => {
    if (!on) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [on]);
}
