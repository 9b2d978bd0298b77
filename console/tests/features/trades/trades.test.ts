import { describe, expect, it } from "vitest";
import { ALL, choices, wanted } from "@/features/trades/filter";
import { fit, points, range } from "@/features/trades/scatter";
import { sources, totals } from "@/features/trades/totals";
import type { TradeShape } from "@/lib/types";

function trade(id: string, more: Partial<TradeShape> = {}): TradeShape {
  return {
    id,
    pair: "BTC",
    type: "core",
    opened_ms: 0,
    closed_ms: Date.parse("2026-11-22T12:00:00Z"),
    seconds: 60,
    size: "1",
    value: "1000",
    pnl: { basis: "1.10", fees: "-0.40" },
    total: "0.70",
    realised_bps: 7,
    predicted_bps: 10,
    entry_basis: 5,
    exit_basis: 1,
    fees: { USDT: "0.40" },
    reason: "basis high",
    closing: "basis back",
    trace: id,
    ...more,
  };
}

describe("the scatter", () => {
  it("has only trades of which both are known", () => {
    expect(
      points([trade("a"), trade("b", { predicted_bps: null }), trade("c", { realised_bps: null })]),
    ).toHaveLength(1);
  });

  it("says how far what came is from what was promised", () => {
    const found = points([
      trade("a", { predicted_bps: 10, realised_bps: 8 }),
      trade("b", { predicted_bps: 20, realised_bps: 18 }),
      trade("c", { predicted_bps: 30, realised_bps: 28 }),
    ]);
    const said = fit(found);
    expect(said).toMatchObject({ count: 3, shortfall: -2, kept: 0 });
    expect(said?.correlation).toBeCloseTo(1);
    expect(fit([])).toBeNull();
    expect(fit(found.slice(0, 2))?.correlation).toBeNull();
  });

  it("is square, round and has zero inside", () => {
    const [low, high] = range(points([trade("a", { predicted_bps: 12, realised_bps: -31 })]));
    expect(low).toBeLessThanOrEqual(-31);
    expect(high).toBeGreaterThanOrEqual(12);
    expect(low % 10).toBeCloseTo(0);
    expect(range([])[1]).toBeGreaterThan(0);
  });
});

describe("totals", () => {
  it("are exact, by source", () => {
    const found = totals([
      trade("a"),
      trade("b", { pnl: { basis: "0.1", fees: "-0.2", slippage: "-0.05" }, total: "-0.15" }),
    ]);
    expect(found).toMatchObject({ count: 2, won: 1, total: "0.55", value: "2000" });
    expect(found.sources).toEqual([
      ["basis", "1.20"],
      ["funding", "0"],
      ["fees", "-0.60"],
      ["slippage", "-0.05"],
    ]);
  });

  it("weigh what was realised by its value", () => {
    const found = totals([
      trade("a", { realised_bps: 10, value: "3000" }),
      trade("b", { realised_bps: -10, value: "1000" }),
    ]);
    expect(found.realisedBps).toBe(5);
    expect(totals([])).toMatchObject({ count: 0, total: null, realisedBps: null, seconds: 0 });
  });

  it("name sources nobody thought of last", () => {
    expect(sources([{ pnl: { interest: "2", basis: "1" } }])).toEqual([
      "basis",
      "funding",
      "fees",
      "interest",
    ]);
  });
});

describe("the filter", () => {
  const all = [
    trade("BTC:core:1"),
    trade("ETH:vacuum:2", { pair: "ETH", type: "vacuum", closed_ms: Date.parse("2026-11-23T00:00:00Z") }),
  ];

  it("takes days in UTC, both included", () => {
    expect(wanted(all, { ...ALL, from: "2026-11-22", to: "2026-11-22" }).map((one) => one.id)).toEqual([
      "BTC:core:1",
    ]);
    expect(wanted(all, { ...ALL, from: "2026-11-23" }).map((one) => one.id)).toEqual(["ETH:vacuum:2"]);
  });

  it("takes pair, type and words", () => {
    expect(wanted(all, { ...ALL, pair: "ETH", type: "vacuum" })).toHaveLength(1);
    expect(wanted(all, { ...ALL, text: "CORE:1" })).toHaveLength(1);
    expect(choices(all, "type")).toEqual(["core", "vacuum"]);
  });
});
