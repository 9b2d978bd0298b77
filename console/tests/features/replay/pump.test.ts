import { describe, expect, it, vi } from "vitest";
import { Pump, type Pumped } from "@/features/replay/pump";

function pumped(pause_ms = 0) {
  const asked: number[] = [];
  const open: { give: (answer: string) => void; fail: (error: Error) => void }[] = [];
  const told: Pumped<number, string>[] = [];
  const pump = new Pump<number, string>(
    (wish) =>
      new Promise((give, fail) => {
        asked.push(wish);
        open.push({ give, fail });
      }),
    (a, b) => a === b,
    (state) => told.push(state),
    (outcome) => {
      if ("error" in outcome) return (outcome.error as Error).message === "not yet" ? "10%" : undefined;
      return outcome.answer === "half" ? "50%" : undefined;
    },
    pause_ms,
  );
  const now = () => told.at(-1);
  const settled = () => new Promise((done) => setTimeout(done));
  return { pump, asked, open, now, settled, told };
}

describe("a pump", () => {
  it("asks for the latest only while one is on its way", async () => {
    const { pump, asked, open, now, settled } = pumped();
    pump.want(1);
    pump.want(2);
    pump.want(3);
    expect(asked).toEqual([1]);
    open[0]?.give("one");
    await settled();
    expect(asked).toEqual([1, 3]);
    expect(now()).toMatchObject({ answer: "one", of: 1, asking: true });
    open[1]?.give("three");
    await settled();
    expect(now()).toMatchObject({ answer: "three", of: 3, asking: false });
  });

  it("asks not twice for the same", async () => {
    const { pump, asked, open, settled } = pumped();
    pump.want(1);
    pump.want(1);
    open[0]?.give("one");
    await settled();
    pump.want(1);
    expect(asked).toEqual([1]);
  });

  it("keeps the last answer when one fails, and asks again when told to", async () => {
    const { pump, asked, open, now, settled } = pumped();
    pump.want(1);
    open[0]?.give("one");
    await settled();
    pump.want(2);
    open[1]?.fail(new Error("away"));
    await settled();
    expect(now()).toMatchObject({ answer: "one", of: 1, asking: false, error: new Error("away") });
    pump.again();
    expect(asked).toEqual([1, 2, 2]);
    open[2]?.give("two");
    await settled();
    expect(now()).toMatchObject({ answer: "two", error: undefined });
  });

  it("asks by itself again for what is still being read", async () => {
    const { pump, asked, open, now } = pumped();
    pump.want(1);
    open[0]?.fail(new Error("not yet"));
    await vi.waitFor(() => expect(asked).toEqual([1, 1]));
    expect(now()).toMatchObject({ answer: undefined, error: undefined, pending: "10%", asking: true });
    open[1]?.give("half");
    await vi.waitFor(() => expect(asked).toEqual([1, 1, 1]));
    expect(now()).toMatchObject({ answer: "half", pending: "50%", asking: true });
    open[2]?.give("one");
    await vi.waitFor(() => expect(now()).toMatchObject({ answer: "one", pending: undefined, asking: false }));
    expect(asked).toEqual([1, 1, 1]);
  });

  it("does not wait for that when something else is wanted, or nothing any more", async () => {
    const { pump, asked, open, settled } = pumped(1e9);
    pump.want(1);
    open[0]?.fail(new Error("not yet"));
    await settled();
    pump.want(2);
    await vi.waitFor(() => expect(asked).toEqual([1, 2]));
    open[1]?.fail(new Error("not yet"));
    await settled();
    pump.stop();
    await settled();
    expect(asked).toEqual([1, 2]);
  });

  it("says nothing after it was stopped", async () => {
    const { pump, open, told, settled } = pumped();
    pump.want(1);
    pump.stop();
    const said = told.length;
    open[0]?.give("one");
    await settled();
    expect(told.length).toBe(said);
  });
});
