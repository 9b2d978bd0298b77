import { describe, expect, it } from "vitest";
import { holed, moved, newer, older } from "@/features/journal/pages";
import { address, asked, fromInput, NOTHING, parse, toInput } from "@/features/journal/query";
import type { EntryShape } from "@/lib/types";

const entry = (seq: number) => ({ seq }) as EntryShape;
const seqs = (found: readonly EntryShape[]) => found.map((one) => one.seq);

describe("pages of the journal", () => {
  it("join at both ends without saying anything twice", () => {
    const known = [entry(5), entry(4)];
    expect(seqs(newer(known, [entry(7), entry(6), entry(5)]))).toEqual([7, 6, 5, 4]);
    expect(seqs(older(known, [entry(4), entry(3)]))).toEqual([5, 4, 3]);
    expect(newer(known, [entry(5)])).toBe(known);
    expect(older(known, [])).toBe(known);
  });

  it("tell when too much is new for one page", () => {
    expect(holed([entry(5)], [entry(9), entry(8)], 8)).toBe(true);
    expect(holed([entry(5)], [entry(6), entry(5)], 5)).toBe(false);
    expect(holed([], [entry(9)], 9)).toBe(false);
  });

  it("know that a page that looked far enough back has no hole", () => {
    expect(holed([entry(5)], [entry(9)], 4)).toBe(false);
    expect(holed([entry(5)], [entry(9)], 0)).toBe(false);
  });
});

describe("the cursor", () => {
  it("moves by keys and stays within", () => {
    expect(moved(-1, "j", 3)).toBe(0);
    expect(moved(2, "j", 3)).toBe(2);
    expect(moved(0, "k", 3)).toBe(0);
    expect(moved(1, "End", 3)).toBe(2);
    expect(moved(2, "Home", 3)).toBe(0);
    expect(moved(5, "PageUp", 100)).toBe(0);
    expect(moved(1, "x", 3)).toBe(1);
    expect(moved(0, "j", 0)).toBe(-1);
  });
});

describe("a search", () => {
  it("goes into the address and comes back", () => {
    const query = { what: "fill", text: "a b&c", id: "t4k2", sinceMs: 1000, untilMs: 2000 };
    expect(parse(new URLSearchParams(address(query)))).toEqual(query);
    expect(address(NOTHING)).toBe("");
    expect(parse(new URLSearchParams("since=nonsense"))).toEqual(NOTHING);
  });

  it("is asked as the gateway has it", () => {
    expect(asked({ ...NOTHING, what: "fill", sinceMs: 5 }, 70, 200)).toEqual({
      what: "fill",
      since_ms: 5,
      before: 70,
      limit: 200,
    });
  });

  it("has times in UTC", () => {
    expect(fromInput(toInput(1_795_310_969_000))).toBe(1_795_310_969_000);
    expect(fromInput("")).toBe(0);
    expect(fromInput("2026-11-22T01:29")).toBe(Date.parse("2026-11-22T01:29:00Z"));
  });
});
