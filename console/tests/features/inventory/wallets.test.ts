import { describe, expect, it } from "vitest";
import { matrix, progress, way } from "@/features/inventory/matrix";
import { rise, trigger } from "@/features/positions/margin";
import type { InventoryRow, MarginRow } from "@/lib/types";

function margin(used: number | null, more: Partial<MarginRow> = {}): MarginRow {
  return {
    wallet: "binance.perp",
    equity: "10000",
    notional: "20000",
    used,
    floor: 0.1,
    top_up: 0.3,
    ceiling: 0.5,
    ...more,
  };
}

describe("a margin", () => {
  it("says what happens next", () => {
    expect(trigger(margin(0.6))).toEqual({ text: "above 50%: pairs are reduced", tone: "bad" });
    expect(trigger(margin(0.4))).toEqual({ text: "above 30%: quote comes from spot", tone: "warn" });
    expect(trigger(margin(0.2)).text).toMatch(/^top-up at 30%, when prices are \d+% higher$/);
    expect(trigger(margin(0.05)).text).toContain("profit leaves");
    expect(trigger(margin(null)).tone).toBe("warn");
    expect(trigger(margin(0, { notional: "0" })).text).toBe("nothing held against it");
  });

  it("knows how far prices are from it", () => {
    const one = margin(0.2);
    const up = rise(one) ?? 0;
    const notional = 20_000 * (1 + up);
    const equity = 10_000 - 20_000 * up;
    expect(notional / equity / (20_000 / 10_000)).toBeCloseTo(0.3 / 0.2, 9);
    expect(rise(margin(0.2, { equity: null }))).toBeNull();
  });
});

describe("the inventory", () => {
  const row = (wallet: string, asset: string, value: string | null): InventoryRow => ({
    venue: wallet.split(".")[0] ?? "",
    wallet,
    asset,
    amount: "1",
    price: null,
    value,
  });

  it("is wallets by assets, the most valuable first, with shares", () => {
    const found = matrix([
      row("a.spot", "BTC", "100"),
      row("a.perp", "USDT", "300"),
      row("b.spot", "BTC", "100"),
      row("b.spot", "DUST", null),
    ]);
    expect(found.assets).toEqual(["USDT", "BTC", "DUST"]);
    expect(found.wallets.map((one) => [one.wallet, one.share])).toEqual([
      ["a.perp", 0.6],
      ["a.spot", 0.2],
      ["b.spot", 0.2],
    ]);
    expect(found.wallets[0]?.cells.map((cell) => cell?.value)).toEqual(["300", undefined, undefined]);
    expect(found.unpriced).toEqual(["DUST"]);
    expect(matrix([]).value).toBe(0);
  });

  it("names ways as the terminal does", () => {
    expect(way({ source: "binance.spot", target: "binance.perp" })).toBe("spot → perp @binance");
    expect(way({ source: "binance.spot", target: "bybit.spot" })).toBe("binance → bybit");
    expect([progress("booked"), progress("on its way"), progress("came back")]).toEqual([
      "done",
      "moving",
      "failed",
    ]);
  });
});
