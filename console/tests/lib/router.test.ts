import { afterEach, expect, it } from "vitest";
import { href, openTrace, parse, route, setParams } from "@/lib/router";

afterEach(() => {
  window.location.hash = "";
});

it("reads pages, parts and parameters", () => {
  expect(parse("")).toMatchObject({ page: "overview", parts: [] });
  expect(parse("#/replay/demo%2Flive?at_ms=5&trace=a:b")).toMatchObject({
    page: "replay",
    parts: ["demo/live"],
  });
  expect(parse("#/x?trace=a:b").params.get("trace")).toBe("a:b");
  expect(parse("#/%E0%A4%A").page).toBe("%E0%A4%A");
});

it("writes only parameters that say something", () => {
  expect(href("journal", { text: "a b", id: null, what: "", before: 0 })).toBe("#/journal?text=a+b&before=0");
});

it("changes a parameter of the page it is on", async () => {
  window.location.hash = "#/markets?pair=BTC";
  window.dispatchEvent(new Event("hashchange"));
  setParams({ span: "1h" });
  expect(window.location.hash).toBe("#/markets?pair=BTC&span=1h");
  setParams({ pair: null });
  expect(route().params.get("pair")).toBeNull();
  expect(route().page).toBe("markets");
});

it("opens a story beside whatever page it is on", () => {
  window.location.hash = "#/trades?pair=ETH";
  window.dispatchEvent(new Event("hashchange"));
  openTrace("run-sentinel.BTC-2-entry");
  expect(parse(window.location.hash).params.get("trace")).toBe("run-sentinel.BTC-2-entry");
  expect(parse(window.location.hash).params.get("pair")).toBe("ETH");
});
