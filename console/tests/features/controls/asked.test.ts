import { describe, expect, it } from "vitest";
import {
  type Asked,
  holds,
  looked,
  PATIENCE_MS,
  type Seen,
  standingOf,
  wishText,
} from "@/features/controls/asked";
import type { HaltRow, RunRow } from "@/lib/types";

const run = (more: Partial<RunRow>) => ({ freshness: "live", paused: false, ...more }) as RunRow;
const halt = (name: string, covers: Record<string, string> = {}): HaltRow => ({
  name,
  allows: "reduce-only",
  covers,
  reason: "",
  by: "ana",
  since_ms: 5000,
  latch: false,
});
const seen = (more: Partial<RunRow> = {}, halts: HaltRow[] = []): Seen => ({ run: run(more), halts });
const answer = (state: string) => ({ control: "pause", state, text: "", at_ms: 4000 });

describe("whether it is so", () => {
  it("is read from the stream", () => {
    expect(holds({ kind: "pause", strategy: "" }, seen())).toBe(false);
    expect(holds({ kind: "pause", strategy: "" }, seen({ paused: true }))).toBe(true);
    expect(holds({ kind: "resume", strategy: "" }, seen({ paused: true }))).toBe(false);
    const one = [halt("paused by operator: sentinel", { strategy: "sentinel" })];
    expect(holds({ kind: "pause", strategy: "sentinel" }, seen({}, one))).toBe(true);
    expect(holds({ kind: "resume", strategy: "sentinel" }, seen({}, one))).toBe(false);
    expect(holds({ kind: "impose", name: "slow" }, seen({}, [halt("slow")]))).toBe(true);
    expect(holds({ kind: "lift", name: "slow" }, seen())).toBe(true);
    expect(holds({ kind: "lift", name: "slow" }, { run: undefined, halts: [] })).toBe(false);
  });
});

describe("a control that was asked for", () => {
  const asked: Asked = {
    wish: { kind: "pause", strategy: "" },
    asked_ms: 1000,
    refused: "",
    remedy: "",
    in_force_ms: 0,
    seen_ms: 0,
  };

  it("is sent, then asked, then in force since the run says so", () => {
    expect(standingOf(asked, 1100)).toBe("sending");
    const told = { ...asked, answer: answer("asked") };
    expect(standingOf(told, 1200)).toBe("asked");
    expect(looked(told, seen(), 1300)).toBe(told);
    const done = looked(told, seen({ paused: true }, [halt("paused by operator")]), 1300);
    expect(done).toMatchObject({ in_force_ms: 1300, seen_ms: 1300 });
    expect(standingOf(done, 9000)).toBe("in force");
  });

  it("is in force since the journal has it, where the gateway says so", () => {
    const told = { ...asked, answer: { ...answer("done"), at_ms: 1180 } };
    const done = looked(told, seen({ paused: true }), 1300);
    expect(done).toMatchObject({ in_force_ms: 1180, seen_ms: 1300 });
  });

  it("of which nothing is heard is told", () => {
    expect(standingOf({ ...asked, answer: answer("asked") }, 1001 + PATIENCE_MS)).toBe("silent");
  });

  it("is done by the gateway's word where no run trades", () => {
    const told = { ...asked, answer: answer("done") };
    expect(looked(told, seen({ freshness: "ended" }), 9000).in_force_ms).toBe(4000);
  });

  it("is refused with a reason", () => {
    expect(standingOf({ ...asked, refused: "scope missing" }, 2000)).toBe("refused");
  });

  it("has words", () => {
    expect(wishText({ kind: "pause", strategy: "" })).toBe("Pause all entries");
    expect(wishText({ kind: "resume", strategy: "sentinel" })).toBe("Resume sentinel");
    expect(wishText({ kind: "lift", name: "slow" })).toBe('Lift "slow"');
  });
});
