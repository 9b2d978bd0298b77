// The moment that is looked at: its place in the address, the document of it, and typed rows of its tables.
import { useCallback, useEffect, useRef, useState } from "react";
import { get } from "@/lib/api";
import { isNotYet, NOT_YET_MS } from "@/lib/http";
import type { Channel, Channels } from "@/lib/protocol";
import type { ReplayMoment } from "@/lib/types";
import { Pump, type Pumped } from "./pump";

export interface Place {
  name: string;
  at_ms: number;
  /** After this entry of the journal, where one was chosen: several may be of one millisecond. */
  seq: number | undefined;
}

export interface Shown extends Pumped<Place, ReplayMoment> {
  again: () => void;
}

const NOTHING: Pumped<Place, ReplayMoment> = {
  answer: undefined,
  of: undefined,
  asking: false,
  error: undefined,
  pending: undefined,
};

function same(a: Place, b: Place): boolean {
  return a.name === b.name && a.seq === b.seq && (a.seq !== undefined || a.at_ms === b.at_ms);
}

function ask(place: Place): Promise<ReplayMoment> {
  const query = place.seq === undefined ? { at_ms: Math.round(place.at_ms) } : { seq: place.seq };
  return get<ReplayMoment>(`/v1/replays/${encodeURIComponent(place.name)}/at`, query);
}

/** A run that is opened is read up to the moment first: the journal, without which there is nothing, and its tape. */
function pending(outcome: { answer: ReplayMoment } | { error: unknown }): string | undefined {
  if ("answer" in outcome) return outcome.answer.whole ? undefined : outcome.answer.market;
  return isNotYet(outcome.error) ? outcome.error.message : undefined;
}

/** The document of that moment; while it is on its way the last one stays. */
export function useMoment(place: Place | undefined): Shown {
  const [state, setState] = useState(NOTHING);
  const pump = useRef<Pump<Place, ReplayMoment> | undefined>(undefined);
  const name = place?.name;
  useEffect(() => {
    if (name === undefined) return;
    const made = new Pump(ask, same, setState, pending, NOT_YET_MS);
    pump.current = made;
    setState(NOTHING);
    return () => made.stop();
  }, [name]);
  useEffect(() => {
    if (place) pump.current?.want(place);
  }, [place]);
  const again = useCallback(() => pump.current?.again(), []);
  return { ...state, again };
}

/** The rows of one of its tables, typed as those of the stream. */
export function rowsOf<C extends Channel, T extends keyof Channels[C] & string>(
  moment: ReplayMoment | undefined,
  channel: C,
  table: T,
): Channels[C][T][] {
  return Object.values(moment?.tables[`${channel}/${table}`] ?? {}) as Channels[C][T][];
}
