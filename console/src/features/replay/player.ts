// Where the slider stands, how it is moved, and the address that says it.
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { route, setParams, useRoute } from "@/lib/router";
import type { Place } from "./moment";
import { clamped, keyed, type Mark, nextMark, played, previousMark, type Span } from "./slider";

const TICK_MS = 100;
const WRITE_MS = 300;

export interface Player {
  at: number;
  seq: number | undefined;
  playing: boolean;
  speed: number;
  place: Place;
  setSpeed: (speed: number) => void;
  play: (on: boolean) => void;
  to: (at: number, seq?: number) => void;
  next: () => void;
  previous: () => void;
}

interface At {
  at: number;
  seq: number | undefined;
}

/** As the address has it: `at` in ms or as 2026-11-22T12:03:04.120Z; nothing for none or nonsense. */
export function addressed(params: URLSearchParams, span: Span): At | undefined {
  const text = params.get("at") ?? "";
  const at = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(at)) return undefined;
  const seq = Number(params.get("seq") ?? Number.NaN);
  return { at: clamped(span, at), seq: Number.isInteger(seq) && seq > 0 ? seq : undefined };
}

export function usePlayer(name: string, span: Span, marks: readonly Mark[]): Player {
  const { params } = useRoute();
  const [where, setWhere] = useState<At>(() => addressed(params, span) ?? { at: span.to, seq: undefined });
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState(10);
  const written = useRef(params.get("at"));

  // Somebody came by an address (a link, the back button): that is where to be.
  const address = params.get("at");
  useEffect(() => {
    if (address === written.current) return;
    written.current = address;
    const asked = addressed(route().params, span);
    if (asked) setWhere(asked);
  }, [address, span]);

  useEffect(() => {
    const timer = setTimeout(() => {
      const at = String(Math.round(where.at));
      if (route().page !== "replay" || route().params.get("run") !== name) return;
      written.current = at;
      setParams({ at, seq: where.seq ?? null });
    }, WRITE_MS);
    return () => clearTimeout(timer);
  }, [where, name]);

  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      const passed = now - last;
      last = now;
      setWhere((old) => ({ at: played(span, old.at, passed, speed), seq: undefined }));
    }, TICK_MS);
    return () => clearInterval(timer);
  }, [playing, speed, span]);
  useEffect(() => {
    if (playing && where.at >= span.to) setPlaying(false);
  }, [playing, where.at, span.to]);

  const to = useCallback((at: number, seq?: number) => setWhere({ at: clamped(span, at), seq }), [span]);
  const jump = useCallback(
    (mark: Mark | undefined) => {
      if (!mark) return;
      setPlaying(false);
      to(mark.at_ms, mark.seq);
    },
    [to],
  );
  const next = useCallback(() => jump(nextMark(marks, where.at, where.seq)), [jump, marks, where]);
  const previous = useCallback(() => jump(previousMark(marks, where.at, where.seq)), [jump, marks, where]);
  const play = useCallback(
    (on: boolean) => {
      if (on) setWhere((old) => (old.at >= span.to ? { at: span.from, seq: undefined } : old));
      setPlaying(on);
    },
    [span],
  );
  const place = useMemo(() => ({ name, at_ms: where.at, seq: where.seq }), [name, where]);
  return { at: where.at, seq: where.seq, playing, speed, place, setSpeed, play, to, next, previous };
}

/** Keys of the page: arrows, n and p, space. They come before those of the frame (p is pause elsewhere). */
export function usePlayerKeys(player: Player, span: Span): void {
  const latest = useRef({ player, span });
  latest.current = { player, span };
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("[role=dialog]")) return;
      const { player: now, span: over } = latest.current;
      if (!pressed(event, now, over)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener("keydown", hear, { capture: true });
    return () => window.removeEventListener("keydown", hear, { capture: true });
  }, []);
}

const TYPED = "input, textarea, select, [contenteditable=true]";
const OWN_ARROWS = "[role=grid], [role=tablist], [role=radiogroup]";

function pressed(event: KeyboardEvent, player: Player, span: Span): boolean {
  const target = event.target instanceof Element ? event.target : null;
  if (target?.closest(TYPED)) return false;
  if (event.key === "n") player.next();
  else if (event.key === "p") player.previous();
  else if (event.key === " " && !target?.closest("button, a")) player.play(!player.playing);
  else {
    if (target?.closest(OWN_ARROWS)) return false;
    const at = keyed(event.key, event.shiftKey, span, player.at);
    // Up and down scroll the page unless the slider has the focus.
    if (at === undefined || (/Up|Down/.test(event.key) && !target?.closest("[role=slider]"))) return false;
    player.to(at);
  }
  return true;
}
