import { act, cleanup, fireEvent, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { addressed, usePlayer, usePlayerKeys } from "@/features/replay/player";
import { route } from "@/lib/router";

const SPAN = { from: 1_000_000, to: 1_000_000 + 3_600_000 };
const MARKS = [10_000, 20_000, 20_000].map((after, n) => ({
  at_ms: SPAN.from + after,
  seq: n + 1,
  kind: "signal",
  text: "",
}));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  window.history.replaceState(null, "", "#/replay?run=demo");
  window.dispatchEvent(new HashChangeEvent("hashchange"));
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function player() {
  return renderHook(() => {
    const made = usePlayer("demo", SPAN, MARKS);
    usePlayerKeys(made, SPAN);
    return made;
  }).result;
}

const press = (key: string, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.body, { key, ...more });

it("stands at the end unless the address says where", () => {
  expect(player().current.at).toBe(SPAN.to);
  expect(addressed(new URLSearchParams(`at=${SPAN.from + 5}&seq=3`), SPAN)).toEqual({
    at: SPAN.from + 5,
    seq: 3,
  });
  expect(addressed(new URLSearchParams("at=1970-01-01T00:20:00.000Z"), SPAN)?.at).toBe(1_200_000);
  expect(addressed(new URLSearchParams("at=99999999999999"), SPAN)?.at).toBe(SPAN.to);
  expect(addressed(new URLSearchParams("at=soon"), SPAN)).toBeUndefined();
});

it("is moved by keys, and writes where it is into the address", () => {
  const now = player();
  press("Home");
  expect(now.current.at).toBe(SPAN.from);
  press("n");
  press("n");
  expect(now.current).toMatchObject({ at: SPAN.from + 20_000, seq: 2 });
  press("n");
  expect(now.current.seq).toBe(3);
  press("p");
  expect(now.current.seq).toBe(2);
  press("ArrowRight", { shiftKey: true });
  expect(now.current).toMatchObject({ at: SPAN.from + 120_000, seq: undefined });
  act(() => {
    vi.advanceTimersByTime(1000);
  });
  expect(route().params.get("at")).toBe(String(SPAN.from + 120_000));
  expect(route().params.get("run")).toBe("demo");
});

it("keeps p from pausing the desk, and leaves alone what is typed", () => {
  const now = player();
  const before = now.current.at;
  const event = new KeyboardEvent("keydown", { key: "p", cancelable: true, bubbles: true });
  document.body.dispatchEvent(event);
  expect(event.defaultPrevented).toBe(true);
  const field = document.body.appendChild(document.createElement("input"));
  fireEvent.keyDown(field, { key: "n" });
  fireEvent.keyDown(field, { key: "ArrowLeft" });
  field.remove();
  expect(now.current.at).toBe(now.current.seq ? MARKS[2]?.at_ms : before);
});

it("plays at its speed, and stops at the end", () => {
  const now = player();
  press("Home");
  act(() => now.current.setSpeed(60));
  press(" ");
  expect(now.current.playing).toBe(true);
  act(() => {
    vi.advanceTimersByTime(1000);
  });
  expect(now.current.at).toBe(SPAN.from + 60_000);
  act(() => now.current.to(SPAN.to - 10));
  act(() => {
    vi.advanceTimersByTime(1000);
  });
  expect(now.current).toMatchObject({ at: SPAN.to, playing: false });
});
