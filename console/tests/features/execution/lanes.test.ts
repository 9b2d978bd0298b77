import { describe, expect, it } from "vitest";
import { busyShare, marks, share, stepText, timeline } from "@/features/execution/lanes";
import type { SagaOrderShape, SagaRow } from "@/lib/types";

function order(
  client_id: string,
  sent_ms: number,
  ended_ms: number,
  more: Partial<SagaOrderShape> = {},
): SagaOrderShape {
  return {
    client_id,
    instrument: "x.spot.A",
    side: "buy",
    size: "2",
    filled: "2",
    state: "filled",
    sent_ms,
    ended_ms,
    ...more,
  };
}

function saga(orders: SagaOrderShape[], more: Partial<SagaRow> = {}): SagaRow {
  return {
    id: "s",
    kind: "pair",
    strategy: "sentinel",
    subject: "A",
    purpose: "entry",
    state: "done",
    reason: "",
    planned: 2,
    units: 2,
    clips: 1,
    aborted: 0,
    cost: "0",
    began_ms: 1000,
    ended_ms: 2000,
    steps: [],
    orders,
    ...more,
  };
}

describe("a timeline", () => {
  it("has a lane for each instrument and a bar for each order", () => {
    const found = timeline(
      saga([order("a", 1000, 1500), order("b", 1250, 2000, { instrument: "x.perp.A", filled: "1" })]),
      9999,
    );
    expect(found.lanes.map((lane) => lane.instrument)).toEqual(["x.spot.A", "x.perp.A"]);
    expect(found.lanes[0]?.bars[0]).toMatchObject({ from: 0, to: 0.5, filled: 1, working: false });
    expect(found.lanes[1]?.bars[0]).toMatchObject({ from: 0.25, to: 1, filled: 0.5 });
  });

  it("stands orders of one lane that overlap below one another", () => {
    const found = timeline(saga([order("a", 1000, 1500), order("b", 1200, 1700), order("c", 1600, 1900)]), 0);
    expect(found.lanes[0]?.bars.map((bar) => bar.row)).toEqual([0, 1, 0]);
    expect(found.lanes[0]?.rows).toBe(2);
  });

  it("of what still works goes on until now", () => {
    const found = timeline(saga([order("a", 1000, 0)], { ended_ms: 0, state: "working" }), 3000);
    expect(found.endedMs).toBe(3000);
    expect(found.lanes[0]?.bars[0]).toMatchObject({ to: 1, working: true });
  });

  it("keeps everything inside, also what came after the end", () => {
    const steps = [{ at_ms: 2500, step: "pause", note: "", lots: [] }];
    const found = timeline(saga([order("a", 900, 2600)], { steps }), 0);
    const bar = found.lanes[0]?.bars[0];
    expect([bar?.from, bar?.to]).toEqual([0, 1]);
    expect(found.ticks[0]?.at).toBeLessThan(1);
  });

  it("cuts pauses short when asked to, in order and to the end", () => {
    const orders = [order("a", 1000, 1010), order("b", 61_000, 61_010), order("c", 121_000, 121_020)];
    const long = saga(orders, { ended_ms: 121_020 });
    expect(busyShare(long, 0)).toBeLessThan(0.01);
    const found = timeline(long, 0, true);
    const bars = found.lanes[0]?.bars ?? [];
    expect(found.cuts).toHaveLength(2);
    expect(found.cuts[0]?.leftMs).toBeGreaterThan(59_000);
    expect(bars[0]?.from).toBe(0);
    expect(bars[2]?.to).toBe(1);
    const widths = bars.map((bar) => bar.to - bar.from);
    expect(widths[2]).toBeCloseTo(2 * (widths[0] ?? 0), 6);
    expect(widths[0]).toBeGreaterThan(0.15);
  });

  it("of a saga without orders has no lanes and does not divide by nothing", () => {
    const found = timeline(saga([], { ended_ms: 1000 }), 0, true);
    expect(found.lanes).toEqual([]);
    expect(found.endedMs).toBeGreaterThan(found.beganMs);
  });
});

describe("its words", () => {
  it("say steps as an operator would, and leave unknown ones as they are", () => {
    expect(stepText("neutralise", "sell 3 lots")).toBe("legs made equal again: sell 3 lots");
    expect(stepText("dance", "")).toBe("dance");
  });

  it("marks are round, begin at nothing and stay within", () => {
    expect(marks(1000)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(marks(0)).toEqual([0]);
    expect(marks(86_400_000 * 30).length).toBeLessThanOrEqual(8);
  });

  it("shares of nothing are nothing", () => {
    expect(share("1", "0")).toBe(0);
    expect(share("5", "4")).toBe(1);
  });
});
