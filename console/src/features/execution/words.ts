/** Executions and orders in words. */
import type { OrderRow, SagaRow } from "@/lib/types";
import type { Tone } from "@/ui";

type Look = Exclude<Tone, "auto">;

const SAGAS: Record<string, { glyph: string; tone: Look }> = {
  working: { glyph: "▶", tone: "accent" },
  done: { glyph: "✓", tone: "good" },
  aborted: { glyph: "!", tone: "warn" },
  refused: { glyph: "–", tone: "soft" },
  "needs operator": { glyph: "✕", tone: "bad" },
};

export function sagaLook(state: string): { glyph: string; tone: Look } {
  return SAGAS[state] ?? { glyph: "·", tone: "soft" };
}

const ORDERS: Record<string, { glyph: string; tone: Look; meaning: string }> = {
  pending: { glyph: "◌", tone: "soft", meaning: "sent, the venue has not answered yet" },
  open: { glyph: "●", tone: "info", meaning: "rests at the venue" },
  partial: { glyph: "◐", tone: "warn", meaning: "a part of it is filled" },
  unknown: {
    glyph: "?",
    tone: "bad",
    meaning: "the send was not answered: looked up before anything else is done",
  },
  filled: { glyph: "✓", tone: "good", meaning: "whole" },
  cancelled: { glyph: "–", tone: "soft", meaning: "taken back" },
  rejected: { glyph: "✕", tone: "bad", meaning: "the venue refused it" },
  expired: { glyph: "–", tone: "soft", meaning: "ended by its time in force" },
};

export function orderLook(state: string): { glyph: string; tone: Look; meaning: string } {
  return ORDERS[state] ?? { glyph: "·", tone: "soft", meaning: "" };
}

const VERBS: Record<string, string> = { entry: "open", exit: "close", hedge: "hedge" };

/** "open BTC", "close ETH", "move USDT", "twap BTC". */
export function sagaTitle(saga: SagaRow): string {
  if (saga.kind === "transfer") return `move ${saga.subject}`;
  if (saga.kind === "undo") return `trade back ${saga.subject}`;
  if (saga.kind === "pair") return `${VERBS[saga.purpose] ?? saga.purpose} ${saga.subject}`.trim();
  return `${saga.kind} ${saga.subject}`;
}

/** "12 of 25 units, 3 clips, 1 aborted". */
export function sagaProgress(saga: SagaRow): string {
  const parts = [];
  if (saga.planned && (saga.units || saga.ended_ms)) parts.push(`${saga.units} of ${saga.planned} units`);
  else if (saga.planned) parts.push(`${saga.planned} units`);
  if (saga.clips) parts.push(`${saga.clips} ${saga.clips === 1 ? "clip" : "clips"}`);
  if (saga.aborted) parts.push(`${saga.aborted} aborted`);
  return parts.join(", ");
}

/** Units that are matched by now: the row has them once it ended, its steps tell them while it works. */
export function sagaShare(saga: SagaRow): number {
  if (!saga.planned) return saga.ended_ms ? 1 : 0;
  if (saga.units || saga.ended_ms) return saga.units / saga.planned;
  const sizes = new Map<string, [number, number]>();
  for (const order of saga.orders) {
    const [done, all] = sizes.get(order.instrument) ?? [0, 0];
    sizes.set(order.instrument, [done + Number(order.filled), all + Number(order.size)]);
  }
  const clips = saga.steps
    .filter((one) => one.step === "clip")
    .map((one) => Number.parseInt(one.note, 10) || 0);
  const sent = clips.reduce((sum, units) => sum + units, 0);
  const filled = Math.min(...[...sizes.values()].map(([done, all]) => (all > 0 ? done / all : 0)));
  return Number.isFinite(filled) ? Math.min((sent * filled) / saga.planned, 1) : 0;
}

/** "buy limit ioc, reduce-only". */
export function orderKind(order: OrderRow): string {
  const tif = order.type === "limit" ? ` ${order.tif}` : "";
  return `${order.type}${tif}${order.reduce_only ? ", reduce-only" : ""}`;
}
