import { expect, it } from "vitest";
import { evenly, joined, since, stepFor } from "@/lib/series";

it("puts points at even distances, each the last known then", () => {
  expect(
    evenly(
      [
        [0, 1],
        [2_500, 2],
        [5_000, 3],
      ],
      { least: 1000 },
    ),
  ).toEqual([
    [0, 1],
    [1000, 1],
    [2000, 1],
    [3000, 2],
    [4000, 2],
    [5000, 3],
  ]);
});

it("leaves holes where nothing was known for long", () => {
  const points = evenly(
    [
      [0, 1],
      [10_000, 2],
    ],
    { hole: 3_000 },
  );
  expect(points.map(([, value]) => value)).toEqual([
    1,
    1,
    1,
    1,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    Number.NaN,
    2,
  ]);
});

it("chooses round steps", () => {
  expect(stepFor(86_400_000, 1200, 1000)).toBe(120_000);
  expect(stepFor(10_000, 1200, 1000)).toBe(1000);
  expect(stepFor(365 * 86_400_000, 100, 1000)).toBe(4 * 86_400_000);
});

it("joins only what is later, and keeps the list where nothing is", () => {
  const points = [[1, 1]] as [number, number][];
  expect(joined(points, [[1, 9]])).toBe(points);
  expect(
    joined(points, [
      [1, 9],
      [2, 3],
    ]),
  ).toEqual([
    [1, 1],
    [2, 3],
  ]);
});

it("cuts with the last point before", () => {
  expect(
    since(
      [
        [1, 1],
        [5, 2],
        [9, 3],
      ],
      6,
    ),
  ).toEqual([
    [5, 2],
    [9, 3],
  ]);
  expect(since([[1, 1]], 6)).toEqual([[1, 1]]);
});
