import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { setEdits } from "@/features/strategies/drafts";
import { Parameters } from "@/features/strategies/parameters";
import { adoptSession } from "@/lib/session";
import type { ConfigShape, ProposalShape, SettingShape } from "@/lib/types";

function setting(name: string, value: unknown, more: Partial<SettingShape> = {}): SettingShape {
  return {
    key: `sentinel.${name}`,
    section: "sentinel",
    meaning: `what ${name} is for`,
    unit: "sd",
    kind: "number",
    value,
    default: value,
    source: "default",
    rule: "a number above -20 and at most 20",
    applies: "hot",
    ...more,
  };
}

let config: ConfigShape;
let asked: { path: string; body: { changes: Record<string, unknown>; version: string } }[];
let answers: Record<string, () => { status: number; body: unknown }>;

const good = (applied: boolean): ProposalShape => ({
  ok: true,
  problems: [],
  diff: [],
  file: "strategies/sentinel.toml",
  version: "2",
  applied,
  text: applied ? "in force since 12:03:04.120" : "",
});

beforeEach(() => {
  config = { version: "1", place: "/desk/config", settings: [setting("entry_z", 2), setting("exit_z", 0)] };
  asked = [];
  answers = {
    "/v1/config": () => ({ status: 200, body: config }),
    "/v1/config/propose": () => ({ status: 200, body: good(false) }),
    "/v1/config/apply": () => ({ status: 200, body: good(true) }),
  };
  vi.stubGlobal("fetch", async (path: string, given: RequestInit) => {
    if (given.method === "POST") asked.push({ path, body: JSON.parse(String(given.body)) });
    const { status, body } = answers[path]?.() ?? { status: 404, body: {} };
    return new Response(JSON.stringify(body), { status });
  });
  adoptSession({
    access: "token",
    expires_ms: Date.now() + 900_000,
    name: "ana",
    scopes: ["read", "trade", "admin"],
    totp: true,
    needs_totp: false,
  });
});

afterEach(() => {
  cleanup();
  setEdits({});
  window.location.hash = "";
  vi.unstubAllGlobals();
});

async function shown() {
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  render(
    <QueryClientProvider client={client}>
      <Parameters />
    </QueryClientProvider>,
  );
  await screen.findByRole("textbox", { name: "entry_z" }, { timeout: 20_000 });
  return userEvent.setup();
}

async function edit(user: ReturnType<typeof userEvent.setup>, name: string, text: string) {
  const field = screen.getByRole("textbox", { name });
  await user.clear(field);
  await user.type(field, text);
}

async function reviewed(user: ReturnType<typeof userEvent.setup>) {
  await user.click(screen.getByRole("button", { name: "Review" }));
  const dialog = await screen.findByRole("dialog");
  const apply = within(dialog).getByRole("button", { name: /Apply|looked at/ });
  await waitFor(() => expect(apply).toBeEnabled(), { timeout: 20_000 });
  return { dialog, apply };
}

it("answers an edit that breaks its rule at once, and asks nobody", async () => {
  const user = await shown();
  await edit(user, "entry_z", "30");
  expect(screen.getByText("at most 20")).toBeInTheDocument();
  expect(screen.getByText("1 breaks its rule")).toBeInTheDocument();
  expect(asked).toEqual([]);
});

it("shows the difference, applies it against the version that was read, and says what came of it", async () => {
  const user = await shown();
  await edit(user, "entry_z", "2.5");
  const { dialog, apply } = await reviewed(user);
  const lines = within(dialog).getByRole("list", { name: "Changes" });
  expect(lines).toHaveTextContent("sentinel.entry_z");
  expect(lines).toHaveTextContent("2.5");
  await user.click(apply);
  expect(await screen.findByText("in force since 12:03:04.120")).toBeInTheDocument();
  expect(asked.at(-1)).toEqual({
    path: "/v1/config/apply",
    body: { changes: { "sentinel.entry_z": 2.5 }, version: "1", reason: "" },
  });
  expect(screen.queryByRole("region", { name: "Edits" })).toBeNull();
});

it("keeps the edits when somebody else was faster, and asks to look again", async () => {
  const user = await shown();
  await edit(user, "entry_z", "2.5");
  const { dialog, apply } = await reviewed(user);
  answers["/v1/config/apply"] = () => {
    config = { ...config, version: "9", settings: [setting("entry_z", 3), setting("exit_z", 0)] };
    return { status: 409, body: { error: { code: "conflict", message: "changed meanwhile", remedy: "" } } };
  };
  await user.click(apply);
  await within(dialog).findByText("The configuration was changed meanwhile");
  await within(dialog).findByText("Changed by somebody else meanwhile", {}, { timeout: 20_000 });
  expect(apply).toBeDisabled();
  answers["/v1/config/apply"] = () => ({ status: 200, body: good(true) });
  await user.click(within(dialog).getByRole("button", { name: /keep mine/ }));
  await waitFor(() => expect(apply).toBeEnabled(), { timeout: 20_000 });
  await user.click(apply);
  await screen.findByText("in force since 12:03:04.120");
  expect(asked.at(-1)?.body.version).toBe("9");
});

it("says that a second factor is needed, and where it is set up", async () => {
  const user = await shown();
  await edit(user, "entry_z", "2.5");
  const { dialog, apply } = await reviewed(user);
  answers["/v1/config/apply"] = () => ({
    status: 403,
    body: { error: { code: "totp_required", message: "this needs a second factor", remedy: "set it up" } },
  });
  await user.click(apply);
  const link = await within(dialog).findByRole("link", { name: /Settings/ });
  expect(link).toHaveAttribute("href", "#/settings?tab=account");
  expect(screen.getByRole("textbox", { name: "entry_z", hidden: true })).toHaveValue("2.5");
});

it("shows what the gateway finds between settings at the setting", async () => {
  answers["/v1/config/propose"] = () => ({
    status: 200,
    body: {
      ...good(false),
      ok: false,
      problems: [{ key: "sentinel.exit_z", text: "must be below entry_z", remedy: "lower it" }],
    },
  });
  const user = await shown();
  await edit(user, "exit_z", "2.4");
  expect(
    await screen.findByText("must be below entry_z: lower it", {}, { timeout: 20_000 }),
  ).toBeInTheDocument();
});
