/** The entries that a search finds, newest first: older ones as one scrolls, newer ones as the run writes them. */
import { useCallback, useEffect, useRef, useState } from "react";
import { get } from "@/lib/api";
import type { EntryShape, JournalPage } from "@/lib/types";
import { holed, newer, older } from "./pages";
import { asked, type Query } from "./query";

const PAGE = 200;
const EVERY_MS = 1000;

export interface Found {
  entries: readonly EntryShape[];
  /** Below which entry older ones are looked for next: 0 at the end, null before the first answer. */
  before: number | null;
  /** The journal's last entry, of any kind, when it was asked last. */
  head: number;
  loading: boolean;
  error: unknown;
  /** When the gateway answered last, this machine's clock. */
  at: number;
  older: () => void;
  retry: () => void;
  /** Asks for newer ones now. */
  newer: () => void;
}

interface State {
  entries: readonly EntryShape[];
  before: number | null;
  head: number;
  at: number;
}

const NOTHING: State = { entries: [], before: null, head: 0, at: 0 };

/** `seq` is the run's last entry as the stream tells it: with `follow` newer ones are asked for when it moves. */
export function useJournal(query: Query, follow: boolean, seq: number): Found {
  const [state, setState] = useState<State>(NOTHING);
  const [error, setError] = useState<unknown>(null);
  const [loading, setLoading] = useState(true);
  const busy = useRef(false);
  const whole = useRef(state);
  whole.current = state;
  const { what, text, id, sinceMs, untilMs } = query;

  const ask = useCallback(
    (before: number, signal: AbortSignal) =>
      get<JournalPage>("/v1/journal", asked({ what, text, id, sinceMs, untilMs }, before, PAGE), signal),
    [what, text, id, sinceMs, untilMs],
  );
  const run = useRef<AbortController>(new AbortController());

  /** One request at a time; `take` makes the new state of its answer. */
  const load = useCallback(
    async (before: number, take: (old: State, page: JournalPage) => State, quiet: boolean) => {
      if (busy.current) return;
      busy.current = true;
      const { signal } = run.current;
      if (!quiet) setLoading(true);
      try {
        const page = await ask(before, signal);
        if (signal.aborted) return;
        setState((old) => ({ ...take(old, page), head: page.head, at: Date.now() }));
        setError(null);
      } catch (thrown) {
        if (!signal.aborted) setError(thrown);
      } finally {
        if (!signal.aborted) {
          busy.current = false;
          setLoading(false);
        }
      }
    },
    [ask],
  );

  const first = useCallback(
    () => void load(0, (_, page) => ({ ...NOTHING, entries: page.entries, before: page.before }), false),
    [load],
  );

  useEffect(() => {
    run.current = new AbortController();
    busy.current = false;
    setState(NOTHING);
    setError(null);
    first();
    return () => run.current.abort();
  }, [first]);

  const fresh = useCallback(() => {
    if (whole.current.before === null) return;
    void load(
      0,
      (old, page) =>
        holed(old.entries, page.entries, page.before)
          ? { ...old, entries: page.entries, before: page.before }
          : { ...old, entries: newer(old.entries, page.entries) },
      true,
    );
  }, [load]);

  // Asked when the run has written more than was seen, at most once a second, and only while somebody looks.
  useEffect(() => {
    if (!follow || (seq > 0 && seq <= whole.current.head)) return;
    const wait = Math.max(0, EVERY_MS - (Date.now() - whole.current.at));
    const timer = setTimeout(() => document.visibilityState === "visible" && fresh(), wait);
    return () => clearTimeout(timer);
  }, [follow, seq, fresh]);

  const reachOlder = useCallback(() => {
    const { before } = whole.current;
    if (!before) return;
    void load(
      before,
      (old, page) => ({ ...old, entries: older(old.entries, page.entries), before: page.before }),
      false,
    );
  }, [load]);

  return {
    entries: state.entries,
    before: state.before,
    head: state.head,
    loading,
    error,
    at: state.at,
    older: reachOlder,
    retry: state.before === null ? first : state.before > 0 ? reachOlder : fresh,
    newer: fresh,
  };
}
