import { describe, expect, it } from "vitest";
import { byPair, durations, heatMap, profile, sense, windows } from "@/features/opportunities/windows";
import type { OpportunityRow } from "@/lib/types";

const HOUR = 3_600_000;

function signal(at_ms: number, name: string, more: Partial<OpportunityRow> = {}): OpportunityRow {
  const figures = { edge: 10 };
  return {
    key: `${at_ms}`,
    at_ms,
    strategy: "sentinel",
    name,
    subject: "BTC",
    figures,
    outcome: "passed",
    why: "",
    trace: "",
    ...more,
  };
}

describe("windows", () => {
  it("last from the signal that opens to the one that closes", () => {
    const found = windows([signal(1000, "EXPAND"), signal(61_000, "CONTRACT"), signal(90_000, "EXPAND")]);
    expect(found.map((one) => [one.openMs, one.closeMs])).toEqual([
      [1000, 61_000],
      [90_000, 0],
    ]);
  });

  it("are told apart by pair and kind, and do not need order", () => {
    const found = windows([
      signal(5000, "CONTRACT", { subject: "ETH" }),
      signal(3000, "CORE_OPEN"),
      signal(2000, "EXPAND", { subject: "ETH" }),
      signal(1000, "EXPAND"),
    ]);
    expect(found.map((one) => [one.pair, one.kind, one.closeMs])).toEqual([
      ["BTC", "satellite", 0],
      ["ETH", "satellite", 5000],
      ["BTC", "core", 0],
    ]);
  });

  it("raised again while open stay one, with the best edge and what was taken", () => {
    const found = windows([
      signal(1000, "EXPAND", { figures: { edge: 4 }, outcome: "refused", why: "a gate" }),
      signal(2000, "EXPAND", { figures: { edge: 9 }, outcome: "entered", why: "", trace: "w" }),
      signal(3000, "EXPAND", { figures: { edge: 2 } }),
    ]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ edge: 9, captured: true, trace: "w" });
  });

  it("an end without a beginning is none", () => {
    expect(windows([signal(1, "CONTRACT")])).toEqual([]);
  });

  it("knows ends of strategies it never heard of", () => {
    expect(sense("ARB_OPEN")).toEqual({ kind: "arb", opens: true });
    expect(sense("ARB_CLOSE")).toEqual({ kind: "arb", opens: false });
    expect(sense("WHATEVER")).toEqual({ kind: "whatever", opens: true });
  });
});

describe("the heat map", () => {
  it("counts by hour of the day in UTC and has every cell", () => {
    const found = windows([
      signal(5 * HOUR, "EXPAND"),
      signal(5.5 * HOUR, "CONTRACT"),
      signal(29 * HOUR, "EXPAND"),
    ]);
    const map = heatMap(found);
    expect(map.pairs).toEqual(["BTC"]);
    expect(map.cells).toHaveLength(24);
    expect(map.cells[5]).toEqual([5, 0, 2]);
    expect(map.most).toBe(2);
  });

  it("is empty without windows", () => {
    expect(heatMap([])).toMatchObject({ pairs: [], cells: [], most: 0 });
  });

  it("counts by the day of the week too, from Monday on", () => {
    const map = heatMap(windows([signal(0, "EXPAND")]), "weekday"); // 1970 began on a Thursday
    expect(map.slots[3]).toBe("Thu");
    expect(map.cells[3]).toEqual([3, 0, 1]);
  });
});

describe("the profile", () => {
  it("puts lengths into buckets, open windows by their age", () => {
    const found = windows([
      signal(0, "EXPAND"),
      signal(9_999, "CONTRACT"),
      signal(20_000, "CORE_OPEN", { outcome: "entered" }),
    ]);
    const buckets = durations(found, 20_000 + 2 * HOUR);
    expect(buckets.filter((one) => one.count).map((one) => [one.label, one.count, one.captured])).toEqual([
      ["<10 s", 1, 0],
      ["1–4 h", 1, 1],
    ]);
  });

  it("has the median of those that closed", () => {
    const rows = [0, 10_000, 20_000, 30_000].flatMap((at, n) => [
      signal(at, "EXPAND"),
      signal(at + (n + 1) * 1000, "CONTRACT"),
    ]);
    expect(profile(windows(rows))).toEqual({ windows: 4, open: 0, captured: 0, medianSeconds: 2.5 });
    expect(profile([]).medianSeconds).toBeNull();
  });

  it("is there for each pair, the busiest first", () => {
    const found = windows([
      signal(1, "EXPAND"),
      signal(2, "EXPAND", { subject: "ETH", figures: { edge: 4 } }),
      signal(3, "CORE_OPEN", { subject: "ETH", figures: {} }),
    ]);
    expect(byPair(found).map((one) => [one.pair, one.windows, one.edge])).toEqual([
      ["ETH", 2, 4],
      ["BTC", 1, 10],
    ]);
  });
});
