import { describe, expect, it } from "vitest";
import { parse, ruleOf, same, shown, typedOf } from "@/features/strategies/rules";

const rule = (kind: string, words: string, given: unknown = 1) =>
  ruleOf({ kind, rule: words, default: given });

describe("a rule in words", () => {
  it("gives its bounds", () => {
    expect(rule("number", "a number of at least -20 and at most 20").bounds).toEqual({
      least: -20,
      most: 20,
    });
    expect(rule("number", "a number above 0 and below 1").bounds).toEqual({ above: 0, below: 1 });
    expect(rule("integer", "a whole number of at least 2 and at most 1000000, limit").bounds.most).toBe(
      1_000_000,
    );
    expect(rule("number", "an exact number above 0").bounds).toEqual({ above: 0 });
    expect(rule("text", "a text").bounds).toEqual({});
  });

  it("gives its choices", () => {
    const one = rule("text", "one of cross, isolated", "cross");
    expect(one.type).toBe("choice");
    expect(one.choices).toEqual(["cross", "isolated"]);
  });

  it("says whether it may be left out", () => {
    expect(rule("number", "an exact number above 0", null).optional).toBe(true);
    expect(rule("number", "an exact number above 0", 5).optional).toBe(false);
  });
});

describe("what is typed", () => {
  const z = rule("number", "a number above 0 and at most 20");

  it("is held to the bounds, and told which", () => {
    expect(parse(z, "2.5")).toEqual({ ok: true, value: 2.5 });
    expect(parse(z, "0")).toEqual({ ok: false, text: "above 0" });
    expect(parse(z, "20.1")).toEqual({ ok: false, text: "at most 20" });
    expect(parse(rule("number", "a number of at least 0 and at most 10000"), "20000")).toEqual({
      ok: false,
      text: "at most 10,000",
    });
    expect(parse(rule("number", "a number above 0 and below 1"), "1")).toEqual({
      ok: false,
      text: "below 1",
    });
  });

  it("may have marks between thousands, and must be a number", () => {
    expect(parse(rule("number", "an exact number above 0"), "30,000")).toEqual({ ok: true, value: 30_000 });
    expect(parse(z, "two")).toEqual({ ok: false, text: '"two" is not a number' });
    expect(parse(z, "")).toEqual({ ok: false, text: "a number is missing" });
    expect(parse(rule("integer", "a whole number of at least 2"), "2.5")).toEqual({
      ok: false,
      text: "a whole number",
    });
  });

  it("keeps digits that a binary number would lose", () => {
    const money = rule("number", "an exact number above 0");
    expect(parse(money, "100000000000.123456")).toEqual({ ok: true, value: "100000000000.123456" });
  });

  it("may be nothing where it may be left out", () => {
    expect(parse(rule("number", "an exact number above 0", null), " ")).toEqual({ ok: true, value: null });
  });

  it("is a list by lines", () => {
    const list = rule("list", "a list of texts", []);
    expect(parse(list, "USDT 1\n\n BTC 0.0002 ")).toEqual({ ok: true, value: ["USDT 1", "BTC 0.0002"] });
    expect(parse(list, "")).toEqual({ ok: true, value: [] });
    expect(typedOf(["USDT 1", "BTC 0.0002"])).toBe("USDT 1\nBTC 0.0002");
  });

  it("is a word or a choice", () => {
    expect(parse(rule("bool", "true or false", true), "false")).toEqual({ ok: true, value: false });
    expect(parse(rule("bool", "true or false", true), "no").ok).toBe(false);
    expect(parse(rule("text", "one of cross, isolated", "cross"), "both").ok).toBe(false);
  });
});

describe("values", () => {
  it("are the same by what they say", () => {
    expect(same(30_000, "30000.0")).toBe(true);
    expect(same(["a"], ["a"])).toBe(true);
    expect(same(["a"], ["a", "b"])).toBe(false);
    expect(same(null, 0)).toBe(false);
    expect(same("", 0)).toBe(false);
    expect(same(true, "true")).toBe(false);
  });

  it("are shown for reading", () => {
    expect(shown(30_000)).toBe("30,000");
    expect(shown("1234567.50")).toBe("1,234,567.50");
    expect(shown(0.05)).toBe("0.05");
    expect(shown(null)).toBe("left out");
    expect(shown([])).toBe("none");
    expect(shown(false)).toBe("false");
  });
});
