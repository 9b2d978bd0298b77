/** The stream as hooks: `useTable`, `useRow`, `useStaleness`, `useHealth`. */
import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { Channel, Channels } from "./protocol";
import { onToken, refresh, sessionState } from "./session";
import { type Health, Stream } from "./stream";

export const stream = new Stream({
  open: () => {
    const url = new URL("/v1/stream", window.location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url);
  },
  token: () => sessionState().session?.access ?? null,
  renew: () => refresh(),
  now: () => Date.now(),
  // A page that nobody sees is not painted; its rows are kept, and shown once it is seen again.
  frame: (paint) => requestAnimationFrame(paint),
});

onToken((session) => {
  if (!session) stream.forget();
  else stream.renewed(session.access);
});

/** Connects while something that streams is mounted (the shell), and minds the machine's sleep and network. */
export function useStream(): void {
  useEffect(() => {
    const nudge = () => {
      if (document.visibilityState === "visible") stream.nudge();
    };
    stream.start();
    window.addEventListener("online", nudge);
    document.addEventListener("visibilitychange", nudge);
    return () => {
      window.removeEventListener("online", nudge);
      document.removeEventListener("visibilitychange", nudge);
      stream.stop();
    };
  }, []);
}

function useChannel(channel: Channel): void {
  useEffect(() => stream.use(channel), [channel]);
}

/** All rows of a table, by key. The same map until a row changed; empty before anything came (see `useHeard`). */
export function useTable<C extends Channel, T extends keyof Channels[C] & string>(
  channel: C,
  table: T,
): ReadonlyMap<string, Channels[C][T]> {
  useChannel(channel);
  const watch = useCallback(
    (watcher: () => void) => stream.watch(`${channel}/${table}`, watcher),
    [channel, table],
  );
  return useSyncExternalStore(watch, () => stream.table(channel, table)) as ReadonlyMap<
    string,
    Channels[C][T]
  >;
}

/** One row: who uses this is drawn again only when that row changed. */
export function useRow<C extends Channel, T extends keyof Channels[C] & string>(
  channel: C,
  table: T,
  key: string,
): Channels[C][T] | undefined {
  useChannel(channel);
  const watch = useCallback(
    (watcher: () => void) => stream.watch(`${channel}/${table}`, watcher),
    [channel, table],
  );
  return useSyncExternalStore(watch, () => stream.table(channel, table).get(key)) as
    | Channels[C][T]
    | undefined;
}

export function useHealth(): Health {
  return useSyncExternalStore(
    useCallback((watcher: () => void) => stream.watch("health", watcher), []),
    () => stream.health,
  );
}

// Staleness: one clock for the whole page looks four times a second at every channel.

export type Level = "live" | "late" | "stale" | "ended" | "none";
export interface Staleness {
  /** In steps of 100 ms (of a second from 10 s on), so that it does not change for nothing; null for "none". */
  ageMs: number | null;
  level: Level;
}

const LOOK_MS = 250;
const LATE_MS = 2_000;
const STALE_MS = 5_000;
const NOTHING: Staleness = { ageMs: null, level: "none" };

const seen = new Map<Channel, Staleness>();
const lookers = new Set<() => void>();
let clock: ReturnType<typeof setInterval> | undefined;

/** How fresh a channel is: by the age of its content at the run, and by whether the run still runs. */
export function levelOf(ageMs: number, freshness: string | undefined): Level {
  if (freshness === "ended" || freshness === "finished") return "ended";
  if (ageMs > STALE_MS || freshness === "stale") return "stale";
  return ageMs > LATE_MS ? "late" : "live";
}

function look(channel: Channel): Staleness {
  const age = stream.age(channel);
  if (age === null) return NOTHING;
  const run = stream.table("status", "run").get("run") as { freshness?: string } | undefined;
  const ageMs = age < 10_000 ? Math.round(age / 100) * 100 : Math.round(age / 1000) * 1000;
  const level = levelOf(age, run?.freshness);
  const old = seen.get(channel);
  if (old && old.ageMs === ageMs && old.level === level) return old;
  const next = { ageMs, level };
  seen.set(channel, next);
  return next;
}

function watchAges(watcher: () => void): () => void {
  lookers.add(watcher);
  clock ??= setInterval(() => {
    for (const looker of lookers) looker();
  }, LOOK_MS);
  return () => {
    lookers.delete(watcher);
    if (lookers.size > 0) return;
    clearInterval(clock);
    clock = undefined;
  };
}

export function useStaleness(channel: Channel): Staleness {
  useChannel(channel);
  return useSyncExternalStore(watchAges, () => look(channel));
}

/** Whether the channel's snapshot has come: false is "loading", true with no rows is "empty". */
export function useHeard(channel: Channel): boolean {
  useChannel(channel);
  return useSyncExternalStore(watchAges, () => stream.heard(channel));
}

/** The gateway's clock now, in whole steps of `step` ms: for countdowns. */
export function useNow(step = 1000): number {
  const now = () => Math.floor((Date.now() + stream.health.offset) / step) * step;
  return useSyncExternalStore(watchAges, now);
}
