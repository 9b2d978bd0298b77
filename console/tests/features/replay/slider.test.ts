import { describe, expect, it } from "vitest";
import {
  clustered,
  fractionOf,
  keyed,
  type Mark,
  momentAt,
  nextMark,
  played,
  previousMark,
  speedsOf,
  stepOf,
  ticksOf,
} from "@/features/replay/slider";

const HOUR = { from: 1_000_000, to: 1_000_000 + 3_600_000 };
const mark = (at_ms: number, seq: number): Mark => ({ at_ms, seq, kind: "signal", text: `mark ${seq}` });

describe("a moment", () => {
  it("is a place on the slider and back", () => {
    expect(fractionOf(HOUR, HOUR.from)).toBe(0);
    expect(fractionOf(HOUR, HOUR.to)).toBe(1);
    expect(momentAt(HOUR, 0.5)).toBe(HOUR.from + 1_800_000);
    expect(momentAt(HOUR, 2)).toBe(HOUR.to);
    expect(fractionOf(HOUR, 0)).toBe(0);
  });

  it("of a run of one moment is its end", () => {
    expect(fractionOf({ from: 5, to: 5 }, 5)).toBe(1);
  });
});

describe("keys", () => {
  it("move by a round step, with shift by ten", () => {
    expect(stepOf(HOUR)).toBe(10_000);
    expect(keyed("ArrowRight", false, HOUR, HOUR.from)).toBe(HOUR.from + 10_000);
    expect(keyed("ArrowLeft", true, HOUR, HOUR.to)).toBe(HOUR.to - 100_000);
    expect(keyed("ArrowLeft", false, HOUR, HOUR.from)).toBe(HOUR.from);
    expect(keyed("End", false, HOUR, HOUR.from)).toBe(HOUR.to);
    expect(keyed("x", false, HOUR, HOUR.from)).toBeUndefined();
  });

  it("move by hours where a run has months", () => {
    expect(stepOf({ from: 0, to: 240 * 86_400_000 })).toBe(12 * 3_600_000);
  });
});

describe("play", () => {
  it("runs at its speed, and stops at the end", () => {
    expect(played(HOUR, HOUR.from, 1000, 60)).toBe(HOUR.from + 60_000);
    expect(played(HOUR, HOUR.to - 10, 1000, 60)).toBe(HOUR.to);
  });

  it("has speeds that get through", () => {
    expect(speedsOf({ from: 0, to: 600_000 })).toEqual([1, 10, 60]);
    expect(speedsOf({ from: 0, to: 240 * 86_400_000 })).toEqual([1, 10, 60, 600, 3600, 86_400]);
  });
});

describe("marks", () => {
  const marks = [mark(10, 1), mark(20, 2), mark(20, 3), mark(30, 4)];

  it("are reached one by one, those of one moment too", () => {
    expect(nextMark(marks, 10, 1)?.seq).toBe(2);
    expect(nextMark(marks, 20, 2)?.seq).toBe(3);
    expect(nextMark(marks, 20)?.seq).toBe(4);
    expect(nextMark(marks, 30)).toBeUndefined();
    expect(previousMark(marks, 20, 3)?.seq).toBe(2);
    expect(previousMark(marks, 20, 2)?.seq).toBe(1);
    expect(previousMark(marks, 25)?.seq).toBe(3);
    expect(previousMark(marks, 10)).toBeUndefined();
    expect(previousMark([], 10)).toBeUndefined();
  });

  it("near one another stand as one", () => {
    const near = clustered(marks, { from: 0, to: 100 }, 100, 8);
    expect(near.map((one) => one.marks.length)).toEqual([1, 2, 1]);
    expect(clustered(marks, { from: 0, to: 100 }, 10, 8).map((one) => one.marks.length)).toEqual([4]);
  });
});

describe("the axis", () => {
  it("has round moments, not too many", () => {
    const ticks = ticksOf({ from: 0, to: 3_600_000 }, 660);
    expect(ticks.map((one) => one.at_ms % 900_000)).toEqual(ticks.map(() => 0));
    expect(ticks.length).toBeLessThanOrEqual(7);
    expect(ticksOf({ from: 5, to: 5 }, 600)).toEqual([]);
  });
});
