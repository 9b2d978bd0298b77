import { describe, expect, it } from "vitest";
import { bandOf, depthOf, roomOf, rungsOf, weightOf } from "@/features/risk/ladder";

const LADDER = [0.02, 0.04, 0.06];

describe("the ladder of the day", () => {
  it("has what each rung brings, and which were reached", () => {
    const rungs = rungsOf(LADDER, "no entries");
    expect(rungs.map((one) => one.reached)).toEqual([true, true, false]);
    expect(rungsOf(LADDER, "").every((one) => !one.reached)).toBe(true);
    expect(rungsOf(LADDER, "NO_ENTRIES")[1]?.reached).toBe(true);
    expect(rungs[2]?.ends).toBe("stays until it is lifted");
  });

  it("keeps a rung that was reached though NAV came back", () => {
    expect(roomOf(rungsOf(LADDER, "halve"), 0.001)?.rung.name).toBe("No entries");
    expect(roomOf(rungsOf(LADDER, "flatten"), 0.07)).toBeUndefined();
    expect(roomOf(rungsOf(LADDER, ""), 0.005)?.room).toBeCloseTo(0.015);
  });

  it("is drawn from nothing to a little beyond its end", () => {
    expect(depthOf(LADDER, -0.01)).toBe(0);
    expect(depthOf(LADDER, 0.069)).toBeCloseTo(1);
    expect(depthOf([], 0.01)).toBe(0);
  });
});

describe("the band of delta", () => {
  it("is the same on both sides", () => {
    const band = bandOf(0, 0.02, 0.05);
    expect(band.needle).toBe(0.5);
    expect(band.warn[0] + band.warn[1]).toBeCloseTo(1);
    expect(band.state).toBe("inside");
  });

  it("says where it stands", () => {
    expect(bandOf(-0.03, 0.02, 0.05).state).toBe("warned");
    expect(bandOf(0.05, 0.02, 0.05).state).toBe("hedged");
    expect(bandOf(0.9, 0.02, 0.05).needle).toBe(1);
    expect(bandOf(null, 0.02, 0.05).needle).toBeUndefined();
  });
});

it("a limit is near from seven tenths on", () => {
  expect([null, 0, 0.7, 1, 1.2].map(weightOf)).toEqual(["unknown", "calm", "near", "at", "at"]);
});
