import { instant, onClock } from "@/lib/format";

/** What is searched for, as the address bar has it and as the gateway is asked. */
export interface Query {
  what: string;
  text: string;
  id: string;
  sinceMs: number;
  untilMs: number;
}

export const NOTHING: Query = { what: "", text: "", id: "", sinceMs: 0, untilMs: 0 };

export function parse(search: URLSearchParams): Query {
  const time = (name: string) => {
    const value = Number(search.get(name) ?? 0);
    return Number.isFinite(value) && value > 0 ? value : 0;
  };
  return {
    what: search.get("what") ?? "",
    text: search.get("text") ?? "",
    id: search.get("id") ?? "",
    sinceMs: time("since"),
    untilMs: time("until"),
  };
}

/** For the address: only what is asked. */
export function address(query: Query): string {
  const found = new URLSearchParams();
  if (query.what) found.set("what", query.what);
  if (query.text) found.set("text", query.text);
  if (query.id) found.set("id", query.id);
  if (query.sinceMs) found.set("since", String(query.sinceMs));
  if (query.untilMs) found.set("until", String(query.untilMs));
  return found.toString();
}

/** For GET /v1/journal: what is asked, empty and 0 left out. */
export function asked(query: Query, before: number, limit: number): Record<string, string | number> {
  const all = {
    what: query.what,
    text: query.text,
    id: query.id,
    since_ms: query.sinceMs,
    until_ms: query.untilMs,
    before,
    limit,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value));
}

/** For `<input type="datetime-local">`, by the clock that times are written by. */
export function toInput(ms: number): string {
  return ms ? new Date(onClock(ms)).toISOString().slice(0, 19) : "";
}

export function fromInput(text: string): number {
  const found = text ? instant(text) : 0;
  return Number.isFinite(found) ? found : 0;
}
