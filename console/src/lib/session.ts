/**
 * Who is signed in. The access token lives in this module's memory only; what outlives a reload is the refresh
 * cookie, which scripts cannot read. Tabs share that cookie and it changes with each use, so they take turns.
 */
import { useSyncExternalStore } from "react";
import { ApiError, raw } from "./http";
import type { FirstUser, Session, SetupState, SignIn } from "./types";

export type Phase = "starting" | "setup" | "signed-out" | "signed-in" | "unreachable";

export interface SessionState {
  phase: Phase;
  session: Session | null;
  setup: SetupState | null;
  /** Why the sign-in page shows again, for the eye: "" for none. */
  note: string;
}

/** Set while somebody is signed in, and nothing else: without it a fresh page does not ask in vain. */
const HINT = "titan.signed-in";
/** Renewed this long before it ends. */
const EARLY_MS = 60_000;

let state: SessionState = { phase: "starting", session: null, setup: null, note: "" };
const watchers = new Set<() => void>();
const renewed = new Set<(session: Session | null) => void>();
let timer: ReturnType<typeof setTimeout> | undefined;
let refreshing: Promise<Session> | null = null;

function change(next: Partial<SessionState>): void {
  state = { ...state, ...next };
  for (const watcher of watchers) watcher();
}

export function sessionState(): SessionState {
  return state;
}

export function watchSession(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/** Told of every new access token, and null when there is none any more. */
export function onToken(listener: (session: Session | null) => void): () => void {
  renewed.add(listener);
  return () => renewed.delete(listener);
}

export function useSession(): SessionState {
  return useSyncExternalStore(watchSession, sessionState);
}

/** Whether the one signed in may do what needs `scope` (read, trade, admin) now: admin may be held back. */
export function useScope(scope: string): boolean {
  const { session } = useSession();
  return (session?.scopes.includes(scope) ?? false) && !(scope === "admin" && session?.needs_totp);
}

/** A session that another answer brought (a new password, a second factor). */
export function adoptSession(session: Session): Session {
  change({ phase: "signed-in", session, note: "" });
  localStorage.setItem(HINT, "1");
  clearTimeout(timer);
  const wait = Math.max(20_000, session.expires_ms - Date.now() - EARLY_MS);
  timer = setTimeout(() => void refresh().catch(() => undefined), Math.min(wait, 2_000_000_000));
  for (const listener of renewed) listener(session);
  return session;
}

function lose(note: string): void {
  clearTimeout(timer);
  change({ phase: "signed-out", session: null, note });
  localStorage.removeItem(HINT);
  for (const listener of renewed) listener(null);
}

/** First call of the page: is there a user at all, and does a cookie still speak for one. */
export async function start(): Promise<void> {
  change({ phase: "starting" });
  try {
    const setup = await raw<SetupState>("/v1/auth/state");
    change({ setup });
    if (setup.needs_setup) {
      change({ phase: "setup" });
      return;
    }
    if (localStorage.getItem(HINT)) await refresh("");
    else lose("");
  } catch (error) {
    if (error instanceof ApiError && error.status >= 400 && error.status < 500) lose("");
    else change({ phase: "unreachable", note: error instanceof Error ? error.message : "" });
  }
}

/** A new access token by the cookie; many callers at once are one request. Raises `ApiError` where there is none. */
export function refresh(note = "Your session ended. Sign in again."): Promise<Session> {
  refreshing ??= inTurn(() =>
    raw<Session>("/v1/auth/refresh", { method: "POST", headers: { "X-Titan": "1" } }),
  )
    .then(adoptSession)
    .catch((error: unknown) => {
      // Only a refusal ends the session: a gateway that is away for a moment does not.
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) lose(note);
      throw error;
    })
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

async function inTurn(ask: () => Promise<Session>): Promise<Session> {
  if (typeof navigator === "undefined" || !navigator.locks) return ask();
  return navigator.locks.request("titan-refresh", ask);
}

export async function signIn(who: SignIn): Promise<Session> {
  return adoptSession(await raw<Session>("/v1/auth/login", { method: "POST", body: who }));
}

export async function setUp(who: FirstUser): Promise<Session> {
  const session = await raw<Session>("/v1/auth/setup", { method: "POST", body: who });
  change({ setup: state.setup && { ...state.setup, needs_setup: false } });
  return adoptSession(session);
}

export async function signOut(): Promise<void> {
  const token = state.session?.access;
  try {
    await raw("/v1/auth/logout", { method: "POST", token, headers: { "X-Titan": "1" } });
  } finally {
    lose("You are signed out.");
  }
}
