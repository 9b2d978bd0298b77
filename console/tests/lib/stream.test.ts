import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Said } from "@/lib/protocol";
import { Stream } from "@/lib/stream";

/** The other end of a WebSocket: what was said to it, and what it says. */
class Wire {
  readyState = 0;
  said: Said[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  closed = false;

  send(text: string) {
    this.said.push(JSON.parse(text));
  }
  close() {
    this.closed = true;
    this.readyState = 3;
  }
  open() {
    this.readyState = 1;
    this.onopen?.();
  }
  hear(message: object) {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  cut(code = 1006, reason = "") {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }
  last(op: string) {
    return this.said.filter((one) => one.op === op).at(-1);
  }
}

let wires: Wire[];
let frames: (() => void)[];
let clock: number;
let token: string | null;
let stream: Stream;
let renew: () => Promise<unknown>;

const wire = () => wires.at(-1) as Wire;
const paint = () => {
  for (const frame of frames.splice(0)) frame();
};
const ready = () => {
  wire().open();
  wire().hear({ op: "ready", name: "ops", scopes: ["read"], at_ms: clock });
};
const snapshot = (version: number, tables: object, epoch = "e1") =>
  wire().hear({
    op: "snapshot",
    channel: "status",
    epoch,
    version,
    at_ms: clock,
    source_ms: clock - 40,
    tables,
  });
const delta = (from: number, version: number, more: object, epoch = "e1") =>
  wire().hear({
    op: "delta",
    channel: "status",
    epoch,
    version,
    from,
    at_ms: clock,
    source_ms: clock - 20,
    ...more,
  });

beforeEach(() => {
  vi.useFakeTimers();
  wires = [];
  frames = [];
  clock = 1_000_000;
  token = "t1";
  renew = () => Promise.reject(new Error("no"));
  stream = new Stream({
    open: () => {
      const made = new Wire();
      wires.push(made);
      return made as unknown as WebSocket;
    },
    token: () => token,
    renew: () => renew(),
    now: () => clock,
    frame: (next) => frames.push(next),
  });
  return () => {
    stream.stop();
    vi.useRealTimers();
  };
});

describe("a stream", () => {
  it("signs in first, then subscribes to what is used", () => {
    stream.use("status");
    stream.start();
    wire().open();
    expect(wire().said).toEqual([{ op: "auth", token: "t1" }]);
    wire().hear({ op: "ready", name: "ops", scopes: ["read"], at_ms: clock });
    expect(wire().last("subscribe")).toEqual({ op: "subscribe", channels: ["status"] });
    expect(stream.health.link).toBe("open");
  });

  it("shows rows once a frame, and wakes only who watches a table that changed", () => {
    stream.use("status");
    stream.start();
    ready();
    const venues = vi.fn();
    const doors = vi.fn();
    stream.watch("status/venues", venues);
    stream.watch("status/doors", doors);
    snapshot(1, { venues: { a: { venue: "a" } }, doors: {} });
    expect(stream.table("status", "venues").size).toBe(0);
    paint();
    expect(stream.table("status", "venues").get("a")).toEqual({ venue: "a" });
    const doorsWoken = doors.mock.calls.length;
    delta(1, 2, { set: { venues: { b: { venue: "b" } } } });
    delta(2, 3, { set: { venues: { c: { venue: "c" } } }, del: { venues: ["a"] } });
    expect(frames).toHaveLength(1);
    paint();
    expect([...stream.table("status", "venues").keys()]).toEqual(["b", "c"]);
    expect(venues).toHaveBeenCalledTimes(2);
    expect(doors).toHaveBeenCalledTimes(doorsWoken);
  });

  it("keeps the same map and rows while nothing changed, also over a snapshot", () => {
    stream.use("status");
    stream.start();
    ready();
    snapshot(1, { venues: { a: { venue: "a" }, b: { venue: "b" } } });
    paint();
    const [map, a] = [stream.table("status", "venues"), stream.table("status", "venues").get("a")];
    delta(1, 1, {});
    paint();
    expect(stream.table("status", "venues")).toBe(map);
    snapshot(5, { venues: { a: { venue: "a" }, b: { venue: "other" } } });
    paint();
    expect(stream.table("status", "venues").get("a")).toBe(a);
    expect(stream.table("status", "venues").get("b")).toEqual({ venue: "other" });
  });

  it("a table that a snapshot no longer has is empty", () => {
    stream.use("status");
    stream.start();
    ready();
    snapshot(1, { halts: { h: { name: "h" } } });
    paint();
    snapshot(2, {}, "e2");
    paint();
    expect(stream.table("status", "halts").size).toBe(0);
  });

  it("goes on from its version after a cut, with what it has on screen meanwhile", () => {
    stream.use("status");
    stream.start();
    ready();
    snapshot(7, { venues: { a: { venue: "a" } } });
    paint();
    wire().cut();
    expect(stream.health.link).toBe("waiting");
    expect(stream.table("status", "venues").size).toBe(1);
    vi.advanceTimersByTime(1000);
    expect(wires).toHaveLength(2);
    ready();
    expect(wire().last("subscribe")).toEqual({
      op: "subscribe",
      channels: ["status"],
      resume: { status: { epoch: "e1", version: 7 } },
    });
    delta(7, 9, { set: { venues: { b: { venue: "b" } } } });
    paint();
    expect(stream.table("status", "venues").size).toBe(2);
  });

  it("asks for the whole, once, where a delta does not continue what it has", () => {
    stream.use("status");
    stream.start();
    ready();
    snapshot(1, { venues: {} });
    delta(4, 5, { set: { venues: { x: {} } } });
    delta(5, 6, { set: { venues: { y: {} } } });
    const asked = wire().said.filter((one) => one.op === "subscribe");
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual({ op: "subscribe", channels: ["status"] });
    paint();
    expect(stream.table("status", "venues").size).toBe(0);
    snapshot(9, { venues: { z: {} } }, "e2");
    delta(9, 10, { set: { venues: { w: {} } } }, "e2");
    paint();
    expect([...stream.table("status", "venues").keys()]).toEqual(["z", "w"]);
  });

  it("waits longer after each cut, up to a limit, and starts over once it was let in", () => {
    stream.start();
    const waits: number[] = [];
    for (let time = 0; time < 9; time += 1) {
      wire().cut();
      waits.push(stream.health.retryAt - clock);
      vi.advanceTimersByTime(20_000);
    }
    expect(waits[0]).toBeLessThanOrEqual(400);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    expect(waits[8]).toBeGreaterThan(5_000);
    ready();
    wire().cut();
    expect(stream.health.retryAt - clock).toBeLessThanOrEqual(400);
  });

  it("renews the token when it is refused, and tries again with the new one", async () => {
    stream.start();
    wire().open();
    renew = () => {
      token = "t2";
      stream.renewed("t2");
      return Promise.resolve();
    };
    wire().cut(4401);
    await vi.advanceTimersByTimeAsync(0);
    expect(wires).toHaveLength(2);
    wire().open();
    expect(wire().said[0]).toEqual({ op: "auth", token: "t2" });
  });

  it("says a renewed token on the open line, and takes the answer for no new beginning", () => {
    stream.use("status");
    stream.start();
    ready();
    stream.renewed("t2");
    expect(wire().last("auth")).toEqual({ op: "auth", token: "t2" });
    const before = wire().said.length;
    wire().hear({ op: "ready", name: "ops", scopes: ["read"], at_ms: clock });
    expect(wire().said).toHaveLength(before);
  });

  it("does not come back by itself where it is forbidden", () => {
    stream.start();
    wire().cut(4403, "this needs the scope read");
    vi.advanceTimersByTime(60_000);
    expect(wires).toHaveLength(1);
    expect(stream.health).toMatchObject({ link: "refused", text: "this needs the scope read" });
  });

  it("takes a line that says nothing for cut", () => {
    stream.use("status");
    stream.start();
    ready();
    clock += 13_000;
    vi.advanceTimersByTime(5_000);
    expect(stream.health.link).toBe("waiting");
    expect(wires[0]?.closed).toBe(true);
  });

  it("measures ages by the gateway's clock", () => {
    stream.use("status");
    stream.start();
    wire().open();
    // The gateway's clock is 5 s ahead; the round trip of the ping takes 100 ms.
    wire().hear({ op: "ready", name: "ops", scopes: [], at_ms: clock + 5_000 });
    clock += 100;
    wire().hear({ op: "pong", n: 1, at_ms: clock - 50 + 5_000 });
    expect(stream.health.offset).toBe(5_000);
    expect(stream.age("status")).toBeNull();
    wire().hear({
      op: "snapshot",
      channel: "status",
      epoch: "e",
      version: 1,
      at_ms: 0,
      source_ms: clock + 4_700,
      tables: {},
    });
    expect(stream.age("status")).toBe(300);
  });

  it("leaves a channel a moment after its last user, and keeps it for one who comes meanwhile", () => {
    stream.start();
    ready();
    const leave = stream.use("status");
    const other = stream.use("status");
    leave();
    leave();
    vi.advanceTimersByTime(10_000);
    expect(wire().last("unsubscribe")).toBeUndefined();
    other();
    vi.advanceTimersByTime(2_000);
    const again = stream.use("status");
    vi.advanceTimersByTime(10_000);
    expect(wire().last("unsubscribe")).toBeUndefined();
    expect(wire().said.filter((one) => one.op === "subscribe")).toHaveLength(1);
    again();
    vi.advanceTimersByTime(10_000);
    expect(wire().last("unsubscribe")).toEqual({ op: "unsubscribe", channels: ["status"] });
  });

  it("forgets everything of who signed out", () => {
    stream.use("status");
    stream.start();
    ready();
    snapshot(1, { venues: { a: {} } });
    paint();
    stream.forget();
    paint();
    expect(stream.table("status", "venues").size).toBe(0);
    expect(stream.heard("status")).toBe(false);
    expect(wires[0]?.closed).toBe(true);
  });
});
