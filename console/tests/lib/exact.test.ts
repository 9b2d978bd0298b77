import { describe, expect, it } from "vitest";
import { exact } from "@/lib/http";

describe("answers", () => {
  it("are read as JSON", () => {
    expect(exact('{"a":[1,2.5,"x"],"b":null}')).toEqual({ a: [1, 2.5, "x"], b: null });
  });

  it("keep whole numbers that no float holds, where the browser can", () => {
    const text =
      '{"local_ns":1785626024836557301,"at_ms":1785626024836.5,"note":"a, 1785626024836557301, b"}';
    const read = exact(text) as { at_ms: number; note: string };
    expect(read.at_ms).toBe(1785626024836.5);
    expect(read.note).toBe("a, 1785626024836557301, b");
    if ("rawJSON" in JSON) expect(JSON.stringify(read)).toBe(text);
  });
});
