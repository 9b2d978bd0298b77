import { describe, expect, it } from "vitest";
import { extent, slices } from "@/features/opportunities/breakdown";
import type { RouteRow } from "@/lib/types";

function route(
  basis: number | null,
  fees: number | null,
  funding: number | null,
  transfer: number | null,
  all: number | null,
): RouteRow {
  return {
    key: "1",
    at_ms: 1,
    pair: "BTC",
    type: "core",
    notional: "1000",
    spot: "a.spot.X",
    perp: "a.perp.X",
    basis_bps: basis,
    fees_bps: fees,
    funding_bps: funding,
    transfer_bps: transfer,
    all_in_bps: all,
    reason: "",
    trace: "",
  };
}

describe("a route's breakdown", () => {
  it("stacks gains to the right and costs to the left, and sums up to all-in", () => {
    const found = slices(route(20, 12, 5, 1, 12));
    expect(found.map((one) => [one.part, one.from, one.to])).toEqual([
      ["basis", 0, 20],
      ["funding", 20, 25],
      ["fees", 0, -12],
      ["transfer", -12, -13],
    ]);
    expect(found.reduce((sum, one) => sum + one.value, 0)).toBe(12);
  });

  it("puts a basis below zero among the costs and leaves out what is nothing", () => {
    expect(slices(route(-3, 10, 0, 0, -13)).map((one) => [one.part, one.to])).toEqual([
      ["basis", -3],
      ["fees", -13],
    ]);
  });

  it("has no bar where figures are not known", () => {
    expect(slices(route(null, null, null, null, null))).toEqual([]);
  });

  it("shares one scale that has zero inside", () => {
    expect(extent([route(20, 12, 5, 1, 12), route(2, 30, 0, 0, -28)])).toEqual([-30, 25]);
    expect(extent([])).toEqual([-1, 1]);
  });
});
