/**
 * Addresses of the console: `#/page/part?name=value`. Everything that a person may want to come back to or send to a
 * colleague stands in the address; `trace=ID` on any page opens that story beside it.
 */
import { useSyncExternalStore } from "react";

export interface Route {
  page: string;
  /** What follows the page, decoded: `#/replay/demo-live` has ["demo-live"]. */
  parts: readonly string[];
  params: URLSearchParams;
}

export type Params = Record<string, string | number | null | undefined>;

export function parse(hash: string): Route {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [page = "", ...parts] = path.split("/").filter(Boolean).map(decoded);
  return { page: page || "overview", parts, params: new URLSearchParams(query) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

let current = parse(typeof window === "undefined" ? "" : window.location.hash);
const watchers = new Set<() => void>();

function look(): void {
  current = parse(window.location.hash);
  for (const watcher of watchers) watcher();
}

if (typeof window !== "undefined") window.addEventListener("hashchange", look);

export function route(): Route {
  return current;
}

export function useRoute(): Route {
  return useSyncExternalStore((watcher) => {
    watchers.add(watcher);
    return () => watchers.delete(watcher);
  }, route);
}

/** For links: href("replay/demo-live", {at_ms: 5}) is "#/replay/demo-live?at_ms=5". Write ids with `encodeURIComponent`. */
export function href(path: string, params: Params = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== null && value !== undefined && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return `#/${path}${text ? `?${text}` : ""}`;
}

export function go(path: string, params: Params = {}): void {
  window.location.hash = href(path, params).slice(1);
}

/** Changes parameters of this page's address; null takes one away. Without `push` the back button skips it. */
export function setParams(changes: Params, push = false): void {
  const params = new URLSearchParams(current.params);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === undefined || value === "") params.delete(name);
    else params.set(name, String(value));
  }
  const path = [current.page, ...current.parts].map(encodeURIComponent).join("/");
  const hash = href(path, Object.fromEntries(params));
  if (push) {
    window.location.hash = hash.slice(1);
    return;
  }
  window.history.replaceState(null, "", hash);
  look();
}

/** Opens the story of an order, intent, wish or saga beside the page. */
export function openTrace(id: string): void {
  if (id) setParams({ trace: id }, true);
}
