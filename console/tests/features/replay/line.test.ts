import { describe, expect, it } from "vitest";
import { drawn, valueAt } from "@/features/replay/line";

const SPAN = { from: 0, to: 100 };
const points = [0, 50, 100].map((at_ms, n) => ({ at_ms, value: [10, 30, 20][n] ?? 0 }));

describe("a line", () => {
  it("goes through all points, the least at the bottom", () => {
    expect(drawn(points, SPAN, 200, 40)).toEqual({
      line: "M0 40L100 0L200 20",
      area: "M0 40L100 0L200 20L200 40L0 40Z",
      low: 10,
      high: 30,
    });
  });

  it("is nothing without points, and flat where nothing changes", () => {
    expect(drawn([], SPAN, 200, 40)).toBeUndefined();
    expect(drawn([{ at_ms: 5, value: Number.NaN }], SPAN, 200, 40)).toBeUndefined();
    expect(
      drawn(
        [
          { at_ms: 0, value: 5 },
          { at_ms: 100, value: 5 },
        ],
        SPAN,
        200,
        40,
      )?.line,
    ).toBe("M0 40L200 40");
  });

  it("of many points loses no spike", () => {
    const many = Array.from({ length: 5000 }, (_, n) => ({ at_ms: n / 50, value: n === 2600 ? 99 : 1 }));
    const thin = drawn(many, SPAN, 100, 40);
    expect(thin?.high).toBe(99);
    expect(thin?.line).toContain(" 0L");
    expect(thin?.line.split("L").length).toBeLessThan(400);
  });
});

it("the value of a moment is that of the last point until then", () => {
  expect(valueAt(points, -1)).toBeUndefined();
  expect(valueAt(points, 0)).toBe(10);
  expect(valueAt(points, 99)).toBe(30);
  expect(valueAt(points, 500)).toBe(20);
});
