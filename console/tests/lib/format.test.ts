import { describe, expect, it } from "vitest";
import * as format from "@/lib/format";

describe("money", () => {
  it.each([
    ["1234567.891", {}, "1,234,567.89"],
    ["-1234567.891", {}, "−1,234,567.89"],
    ["0.005", {}, "0.01"],
    ["-0.004", {}, "0.00"],
    ["12", { sign: true }, "+12.00"],
    ["0", { sign: true }, "0.00"],
    ["0E-16", {}, "0.00"],
    ["1.5E+3", { digits: 0 }, "1,500"],
    ["1.2300", { digits: 4, trim: true }, "1.23"],
    ["100", { digits: 4, trim: true }, "100"],
    ["99999999999999999999.99", {}, "99,999,999,999,999,999,999.99"],
    ["0.1", { digits: 20 }, "0.10000000000000000000"],
    ["NaN", {}, "–"],
    ["Infinity", {}, "–"],
    ["", {}, "–"],
    [".", {}, "–"],
  ])("%s %j is %s", (text, style, written) => {
    expect(format.money(text, style)).toBe(written);
  });

  it("writes what is not known as a dash", () => {
    expect(format.money(null)).toBe("–");
    expect(format.number(Number.NaN)).toBe("–");
    expect(format.percent(undefined)).toBe("–");
    expect(format.age(null)).toBe("–");
    expect(format.time(0)).toBe("–");
    expect(format.price(0)).toBe("–");
  });

  it("adds without a float's error", () => {
    expect(format.sum(["0.1", "0.2"])).toBe("0.3");
    expect(format.sum(["9007199254740993", "0.000000000000000001"])).toBe(
      "9007199254740993.000000000000000001",
    );
    expect(format.sum(["1.50", "-2", null])).toBe("-0.50");
    expect(format.sum([null, undefined])).toBeNull();
    expect(format.minus("1.1", "1.10")).toBe("0.00");
    expect(format.minus("5", "-3")).toBe("8");
    expect(format.minus(null, "3")).toBeNull();
  });

  it("knows signs", () => {
    expect(["-0.01", "0.00", "3"].map(format.signOf)).toEqual([-1, 0, 1]);
  });
});

it("takes a price's places from its tick", () => {
  expect(format.price(70143.1, "0.10")).toBe("70,143.1");
  expect(format.price(2063.5, "0.01000000")).toBe("2,063.50");
  expect(format.price(12, "5")).toBe("12");
});

it("writes small sizes without an exponent", () => {
  expect(format.size(0.0000001)).toBe("0.0000001");
  expect(format.size("0.02800000")).toBe("0.028");
});

it.each([
  [430, "0.4s"],
  [12_400, "12s"],
  [185_000, "3m 05s"],
  [8_040_000, "2h 14m"],
  [273_600_000, "3d 4h"],
  [-5, "0.0s"],
])("an age of %i ms is %s", (ms, written) => {
  expect(format.age(ms)).toBe(written);
});

it("writes times in UTC", () => {
  const at = Date.UTC(2026, 10, 22, 14, 3, 22, 125);
  expect(format.stamp(at)).toBe("2026-11-22 14:03:22");
  expect(format.time(at, true)).toBe("14:03:22.125");
  expect(format.moment(at, at + 1000)).toBe("14:03:22");
  expect(format.moment(at, at + 86_400_000)).toBe("11-22 14:03:22");
});

it("writes microseconds in the unit that suits", () => {
  expect([8.25, 85, 1234, 56_700, 3_400_000].map(format.micros)).toEqual(
    ["8.3 µs", "85 µs", "1.23 ms", "56.7 ms", "3.40 s"].map((text) => text.replace(" ", " ")),
  );
});
