import { describe, expect, it } from "vitest";
import {
  allowsOf,
  coversOf,
  type Draft,
  doorText,
  EMPTY,
  impositionOf,
  latchText,
  nameOf,
  problemsOf,
} from "@/features/risk/halts";

const draft = (more: Partial<Draft> = {}): Draft => ({ ...EMPTY, reason: "maintenance", ...more });

describe("an imposition", () => {
  it("has a name that says what it is where none is given", () => {
    expect(nameOf(draft())).toBe("reduce-only all");
    expect(nameOf(draft({ scope: { ...EMPTY.scope, venue: "okx", base: "BTC" } }))).toBe(
      "reduce-only okx BTC",
    );
    expect(nameOf(draft({ mode: "scale", name: " slow " }))).toBe("slow");
  });

  it("goes out as the gateway takes it", () => {
    const asked = impositionOf(
      draft({ mode: "scale", factor: "0,5", scope: { ...EMPTY.scope, venue: "okx" } }),
    );
    expect(asked).toEqual({
      name: "scale 0,5 okx",
      mode: "0.5",
      reason: "maintenance",
      strategy: "",
      venue: "okx",
      base: "",
      instrument: "",
      owner: "",
    });
  });

  it("needs a reason, a scale between 0 and 1, and a name of its own", () => {
    expect(problemsOf(draft(), [])).toEqual({});
    expect(problemsOf(draft({ reason: " " }), []).reason).toContain("say why");
    expect(problemsOf(draft({ mode: "scale", factor: "0" }), []).factor).toContain("reduce only");
    expect(problemsOf(draft({ mode: "scale", factor: "1" }), []).factor).toContain("below 1");
    expect(problemsOf(draft({ mode: "scale", factor: "half" }), []).factor).toBe("a number between 0 and 1");
    expect(problemsOf(draft({ mode: "close", factor: "half" }), [])).toEqual({});
    expect(problemsOf(draft({ name: "slow" }), [{ name: "slow" }]).name).toContain("stands already");
  });
});

describe("in words", () => {
  it("a halt says what it lets through, and what it covers", () => {
    expect(allowsOf("scale 1/2")).toBe("Entries at 50 % of their size. Exits and hedges are not touched.");
    expect(allowsOf("reduce-only")).toContain("Exits and hedges go on");
    expect(allowsOf("what is this")).toBe("what is this");
    expect(coversOf({})).toBe("everything");
    expect(coversOf({ venue: "okx", base: "BTC", owner: "" })).toBe("venue okx, coin BTC");
  });

  it("a latch says what happened, what is so now, and what to do", () => {
    expect(latchText("panic").next).toContain("re-arm");
    expect(latchText("clock drift").what).toContain("clock drift");
  });

  it("a door says what it is for", () => {
    expect(doorText("venue:okx")).toContain("okx");
    expect(doorText("absent:okx")).toContain("exits included");
    expect(doorText("price")).toContain("Entries wait");
  });
});
