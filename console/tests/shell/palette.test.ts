import { expect, test } from "vitest";
import { fits } from "@/shell/palette";

test("a control is found by its name, and no page by letters that are spread over it", () => {
  expect(fits("control pause resume entries", "pause")).toBe(1);
  expect(fits("page Opportunities", "pause")).toBe(0);
});

test("every word must be there, in any order and case", () => {
  expect(fits("order buy binance.perp.BTCUSDT t-1", "btc BUY ")).toBe(1);
  expect(fits("order buy binance.perp.BTCUSDT t-1", "btc sell")).toBe(0);
});
