import { describe, expect, it } from "vitest";
import { decades, lives, logPlace, ordered } from "@/features/execution/latency";
import type { OrderRow, StageRow } from "@/lib/types";

const stage = (name: string, p50 = 10, most = 900): StageRow => ({
  stage: name,
  count: 1,
  p50,
  p99: 100,
  p999: 200,
  most,
});
const took = (ms: number) => ({ sent_ms: 1000, updated_ms: 1000 + ms }) as OrderRow;

describe("latency", () => {
  it("is in the order of an order's way, what is unknown at the end", () => {
    const names = ordered([
      stage("order to ack"),
      stage("zzz"),
      stage("ack to fill"),
      stage("tick to signal"),
    ]).map((one) => one.stage);
    expect(names).toEqual(["tick to signal", "ack to fill", "order to ack", "zzz"]);
  });

  it("stands on a logarithmic scale of whole decades", () => {
    expect(decades([stage("a", 12, 900), stage("b", 500, 45_000)])).toEqual([10, 100_000]);
    expect(decades([])).toEqual([1, 1_000_000]);
    expect(logPlace(1000, 10, 100_000)).toBeCloseTo(0.5);
    expect(logPlace(0, 10, 100)).toBe(0);
    expect(logPlace(1e9, 10, 100)).toBe(1);
  });

  it("of whole orders is a histogram with no bin left out between", () => {
    const bins = lives([took(1), took(1.5), took(100), took(-5)]);
    expect(bins[0]?.count).toBe(2);
    expect(bins.at(-1)?.count).toBe(1);
    expect(bins).toHaveLength(7);
    expect(lives([])).toEqual([]);
  });
});
