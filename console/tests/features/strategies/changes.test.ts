import { describe, expect, it } from "vitest";
import {
  asked,
  type Edits,
  edited,
  effect,
  pending,
  rebased,
  type Setting,
  sections,
  settled,
  without,
} from "@/features/strategies/changes";

function setting(key: string, value: unknown, more: Partial<Setting> = {}): Setting {
  return {
    key,
    section: "The basis",
    meaning: `what ${key} is`,
    unit: "",
    kind: "number",
    value,
    default: value,
    source: "default",
    rule: "a number above 0 and at most 20",
    applies: "hot",
    ...more,
  };
}

const Z = setting("sentinel.entry_z", 2);
const WINDOW = setting("sentinel.window", 720, {
  applies: "restart",
  rule: "a whole number of at least 2",
  kind: "integer",
});

describe("an edit", () => {
  it("is collected, and ends when what stands is typed again", () => {
    const edits = edited({}, Z, "2.5");
    expect(edits).toEqual({ "sentinel.entry_z": { typed: "2.5", from: 2 } });
    expect(edited(edits, Z, "2")).toEqual({});
  });

  it("is let be while it is typed: what says the same ends it when the field is left", () => {
    const half = edited({}, Z, "2.");
    expect(half["sentinel.entry_z"]?.typed).toBe("2.");
    expect(pending([Z], half).changes).toEqual([]);
    expect(settled(half, Z)).toEqual({});
    expect(settled(edited({}, Z, "2.5"), Z)["sentinel.entry_z"]?.typed).toBe("2.5");
    expect(settled(edited({}, Z, "x"), Z)["sentinel.entry_z"]?.typed).toBe("x");
  });

  it("that breaks its rule stays, and is told", () => {
    const edits = edited({}, Z, "30");
    expect(pending([Z], edits)).toEqual({
      changes: [],
      problems: [{ key: "sentinel.entry_z", text: "at most 20" }],
      moved: [],
    });
  });

  it("is a change from what stands to what was typed", () => {
    const edits = edited(edited({}, Z, "2.5"), WINDOW, "500");
    const { changes } = pending([Z, WINDOW], edits);
    expect(changes.map((one) => [one.key, one.before, one.after, one.applies])).toEqual([
      ["sentinel.entry_z", 2, 2.5, "hot"],
      ["sentinel.window", 720, 500, "restart"],
    ]);
    expect(asked(changes)).toEqual({ "sentinel.entry_z": 2.5, "sentinel.window": 500 });
    expect(effect(changes)).toBe("1 at once, 1 with the next start.");
    expect(effect(changes.slice(0, 1))).toBe("It takes effect at once.");
    expect(effect([])).toBe("Nothing is changed.");
  });

  it("is dropped by its key", () => {
    expect(without(edited({}, Z, "3"), ["sentinel.entry_z"])).toEqual({});
  });
});

describe("somebody else", () => {
  const edits: Edits = edited({}, Z, "2.5");
  const moved = [setting("sentinel.entry_z", 3)];

  it("who changed it meanwhile is told of", () => {
    expect(pending(moved, edits).moved).toEqual(["sentinel.entry_z"]);
    expect(pending(moved, edits).changes[0]?.before).toBe(3);
  });

  it("is no conflict any more once it was seen", () => {
    expect(pending(moved, rebased(edits, moved)).moved).toEqual([]);
  });

  it("who made the same change leaves nothing to do", () => {
    expect(pending([setting("sentinel.entry_z", 2.5)], edits).changes).toEqual([]);
  });
});

describe("a search", () => {
  const all = [
    Z,
    WINDOW,
    setting("limits.delta_warn", 0.02, { section: "Limits", default: 0.03 }),
    setting("run.quote", "USDT", { section: "Run", kind: "text" }),
  ];

  it("finds by all its words, in key, meaning and value", () => {
    expect(sections(all, { text: "what entry", changedOnly: false }, {}).map((one) => one.name)).toEqual([
      "The basis",
    ]);
    expect(sections(all, { text: "usdt", changedOnly: false }, {})[0]?.settings[0]?.key).toBe("run.quote");
    expect(sections(all, { text: "nothing like it", changedOnly: false }, {})).toEqual([]);
  });

  it("finds what differs from its default, and what is being edited", () => {
    const edits = edited({}, Z, "3");
    const found = sections(all, { text: "", changedOnly: true }, edits).flatMap((one) => one.settings);
    expect(found.map((one) => one.key)).toEqual(["sentinel.entry_z", "limits.delta_warn"]);
  });

  it("may keep to one table", () => {
    expect(sections(all, { text: "", changedOnly: false, within: "limits" }, {}).length).toBe(1);
  });
});
