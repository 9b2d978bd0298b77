import { describe, expect, it } from "vitest";
import { whenSignals } from "@/features/opportunities/waiting";
import type { PairRow, RunRow } from "@/lib/types";

const run = (more: Partial<RunRow> = {}) => ({ freshness: "live", seconds: 60, ...more }) as RunRow;
const pair = (name: string, samples: number, z = 0) =>
  ({ pair: name, samples, warmup: 60, z, entry_z: 2 }) as PairRow;

describe("why there is no signal yet", () => {
  it("says how much longer the basis is sampled, by how fast samples came", () => {
    expect(whenSignals(run(), [pair("BTC", 12), pair("ETH", 30)])).toBe(
      "The basis is sampled for about 1m 00s more before it is judged: ETH has 30 of 60 samples.",
    );
  });

  it("says what it waits for once it is warm", () => {
    expect(whenSignals(run(), [pair("BTC", 60, 0.5), pair("ETH", 80, 1.25)])).toContain(
      "nearest is ETH with z 1.25",
    );
  });

  it("says that there is no run, or no pair, or that it ended", () => {
    expect(whenSignals(undefined, [])).toContain("titan up");
    expect(whenSignals(run(), [])).toContain("no pair yet");
    expect(whenSignals(run({ freshness: "ended" }), [pair("BTC", 1)])).toContain("stopped");
    expect(whenSignals(run({ freshness: "finished" }), [])).toContain("backtest");
  });

  it("does not guess before the first sample", () => {
    expect(whenSignals(run(), [pair("BTC", 0)])).toContain("is sampled first before");
  });
});
