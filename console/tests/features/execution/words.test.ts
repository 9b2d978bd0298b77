import { describe, expect, it } from "vitest";
import { orderKind, sagaProgress, sagaShare, sagaTitle } from "@/features/execution/words";
import type { OrderRow, SagaRow } from "@/lib/types";

const saga = (more: Partial<SagaRow> = {}) =>
  ({
    kind: "pair",
    subject: "BTC",
    purpose: "exit",
    planned: 10,
    units: 0,
    clips: 0,
    aborted: 0,
    ended_ms: 0,
    steps: [],
    orders: [],
    ...more,
  }) as unknown as SagaRow;

describe("an execution in words", () => {
  it("is called by what it does", () => {
    expect(sagaTitle(saga())).toBe("close BTC");
    expect(sagaTitle(saga({ purpose: "entry" }))).toBe("open BTC");
    expect(sagaTitle(saga({ kind: "transfer", subject: "USDT" }))).toBe("move USDT");
    expect(sagaTitle(saga({ kind: "twap" }))).toBe("twap BTC");
  });

  it("says how far it came", () => {
    expect(sagaProgress(saga({ units: 4, clips: 1, aborted: 1 }))).toBe("4 of 10 units, 1 clip, 1 aborted");
    expect(sagaProgress(saga())).toBe("10 units");
  });

  it("is matched as far as the leg that lags", () => {
    const orders = [
      { instrument: "s", size: "2", filled: "2" },
      { instrument: "p", size: "2", filled: "1" },
    ] as unknown as SagaRow["orders"];
    const steps = [{ at_ms: 0, step: "clip", note: "5 units", lots: [] }];
    expect(sagaShare(saga({ orders, steps }))).toBe(0.25);
    expect(sagaShare(saga())).toBe(0);
    expect(sagaShare(saga({ units: 10, ended_ms: 1 }))).toBe(1);
  });

  it("orders are told by their kind", () => {
    const order = { type: "limit", tif: "ioc", reduce_only: true } as OrderRow;
    expect(orderKind(order)).toBe("limit ioc, reduce-only");
    expect(orderKind({ ...order, type: "market", reduce_only: false })).toBe("market");
  });
});
