/** How this browser shows things: kept here only, and nothing of the session is among it. */
import { useSyncExternalStore } from "react";

export interface Prefs {
  /** "dense": more rows to the screen. */
  density: "comfortable" | "dense";
  /** "reduced": nothing moves; "system" follows the machine. */
  motion: "system" | "reduced";
  zone: "utc" | "local";
}

const KEY = "titan.display";
export const USUAL: Prefs = { density: "comfortable", motion: "system", zone: "utc" };

const CHOICES: { [K in keyof Prefs]: readonly Prefs[K][] } = {
  density: ["comfortable", "dense"],
  motion: ["system", "reduced"],
  zone: ["utc", "local"],
};

/** What was kept, as far as it is something that may be chosen. */
export function readPrefs(text: string | null): Prefs {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? "{}");
  } catch {
    return USUAL;
  }
  const found = (kept ?? {}) as Record<string, unknown>;
  const pick = <K extends keyof Prefs>(name: K): Prefs[K] =>
    CHOICES[name].find((one) => one === found[name]) ?? USUAL[name];
  return { density: pick("density"), motion: pick("motion"), zone: pick("zone") };
}

let prefs = readPrefs(stored());
const watchers = new Set<() => void>();

function stored(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export function currentPrefs(): Prefs {
  return prefs;
}

export function setPrefs(change: Partial<Prefs>): void {
  prefs = { ...prefs, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(prefs));
  } catch {
    // It holds until the page is closed.
  }
  show();
  for (const watcher of watchers) watcher();
}

export function usePrefs(): Prefs {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, currentPrefs);
}

/** What style sheets go by. */
function show(): void {
  if (typeof document === "undefined") return;
  document.documentElement.dataset.motion = prefs.motion;
  document.documentElement.dataset.density = prefs.density;
}

show();
