import { beforeEach, expect, it, vi } from "vitest";
import { ApiError, get } from "@/lib/api";
import { adoptSession, onToken, refresh, sessionState, signIn, signOut, start } from "@/lib/session";
import type { Session } from "@/lib/types";

const session = (access: string): Session => ({
  access,
  expires_ms: Date.now() + 600_000,
  name: "ops",
  scopes: ["read"],
  totp: false,
  needs_totp: false,
});

type Answer = { status?: number; body?: unknown };
let asked: { path: string; method: string; headers: Record<string, string> }[];

/** A gateway that answers each path in turn with what is listed, the last for ever. */
function gateway(answers: Record<string, Answer[]>) {
  asked = [];
  vi.stubGlobal("fetch", async (path: string, ask: RequestInit) => {
    asked.push({ path, method: ask.method ?? "GET", headers: ask.headers as Record<string, string> });
    const left = answers[path];
    const answer = left && left.length > 1 ? left.shift() : left?.[0];
    if (!answer) throw new TypeError("refused");
    return new Response(answer.body === undefined ? null : JSON.stringify(answer.body), {
      status: answer.status ?? 200,
    });
  });
}

const refused: Answer = {
  status: 401,
  body: { error: { code: "token_expired", message: "expired", remedy: "sign in" } },
};

beforeEach(() => {
  localStorage.clear();
  adoptSession(session("old"));
});

it("renews a token that expired, once for all who ask, and asks again", async () => {
  gateway({
    "/v1/status": [refused, refused, { body: { state: "trading" } }],
    "/v1/auth/refresh": [{ body: session("new") }],
  });
  const both = await Promise.all([get("/v1/status"), get("/v1/status")]);
  expect(both).toEqual([{ state: "trading" }, { state: "trading" }]);
  const renewals = asked.filter((one) => one.path === "/v1/auth/refresh");
  expect(renewals).toHaveLength(1);
  expect(renewals[0]).toMatchObject({ method: "POST", headers: { "X-Titan": "1" } });
  expect(asked.at(-1)?.headers.Authorization).toBe("Bearer new");
});

it("gives up after one renewal", async () => {
  gateway({ "/v1/status": [refused], "/v1/auth/refresh": [{ body: session("new") }] });
  await expect(get("/v1/status")).rejects.toMatchObject({
    status: 401,
    code: "token_expired",
    remedy: "sign in",
  });
  expect(asked.filter((one) => one.path === "/v1/status")).toHaveLength(2);
});

it("ends the session where the cookie is refused", async () => {
  gateway({ "/v1/status": [refused], "/v1/auth/refresh": [refused] });
  const told = vi.fn();
  const stop = onToken(told);
  await expect(get("/v1/status")).rejects.toBeInstanceOf(ApiError);
  expect(sessionState().phase).toBe("signed-out");
  expect(told).toHaveBeenCalledWith(null);
  stop();
});

it("keeps the session where the gateway is only away", async () => {
  gateway({});
  await expect(refresh()).rejects.toMatchObject({ status: 0 });
  expect(sessionState().phase).toBe("signed-in");
});

it("reads answers that are no error documents", async () => {
  gateway({ "/v1/status": [{ status: 502, body: "Bad Gateway" }] });
  await expect(get("/v1/status")).rejects.toMatchObject({ status: 502, code: "http-502" });
});

it("leaves out parameters that say nothing", async () => {
  gateway({ "/v1/journal?text=a%26b&limit=5": [{ body: {} }] });
  await get("/v1/journal", { text: "a&b", what: "", id: null, limit: 5 });
  expect(asked[0]?.path).toBe("/v1/journal?text=a%26b&limit=5");
});

it("starts where it belongs: set-up, sign-in, or the console", async () => {
  const state = (needs_setup: boolean) => [{ body: { needs_setup, version: "1", simulated: true } }];
  gateway({ "/v1/auth/state": state(true) });
  await start();
  expect(sessionState().phase).toBe("setup");

  localStorage.clear();
  gateway({ "/v1/auth/state": state(false) });
  await start();
  expect(sessionState().phase).toBe("signed-out");
  expect(asked).toHaveLength(1);

  gateway({ "/v1/auth/login": [{ body: session("a") }] });
  await signIn({ name: "ops", password: "p", code: "" });
  expect(sessionState().phase).toBe("signed-in");

  gateway({ "/v1/auth/state": state(false), "/v1/auth/refresh": [{ body: session("b") }] });
  await start();
  expect(sessionState().session?.access).toBe("b");

  gateway({});
  await start();
  expect(sessionState().phase).toBe("unreachable");
});

it("signs out here even where the gateway does not answer, and keeps nothing", async () => {
  gateway({});
  await signOut().catch(() => undefined);
  expect(sessionState()).toMatchObject({ phase: "signed-out", session: null });
  expect(Object.keys(localStorage)).toEqual([]);
});
