/** Edits of settings, collected until they are applied together. */

import { parse, ruleOf, same, shown, typedOf } from "./rules";

/** As much of a setting as an edit needs. */
export interface Setting {
  key: string;
  section: string;
  meaning: string;
  unit: string;
  kind: string;
  value: unknown;
  default: unknown;
  source: string;
  rule: string;
  applies: string;
}

/** What was typed, and the value that stood when typing began. */
export interface Edit {
  typed: string;
  from: unknown;
}

export type Edits = Readonly<Record<string, Edit>>;

export interface Change {
  key: string;
  before: unknown;
  after: unknown;
  applies: string;
}

export interface Problem {
  key: string;
  text: string;
}

export interface Pending {
  changes: Change[];
  problems: Problem[];
  /** Keys that somebody else changed since the edit began. */
  moved: string[];
}

/** What the edits come to, against the settings as they are now. One that says what is so anyway is none. */
export function pending(settings: readonly Setting[], edits: Edits): Pending {
  const found: Pending = { changes: [], problems: [], moved: [] };
  for (const setting of settings) {
    const edit = edits[setting.key];
    if (edit === undefined) continue;
    const parsed = parse(ruleOf(setting), edit.typed);
    if (!parsed.ok) found.problems.push({ key: setting.key, text: parsed.text });
    else if (!same(parsed.value, setting.value))
      found.changes.push({
        key: setting.key,
        before: setting.value,
        after: parsed.value,
        applies: setting.applies,
      });
    if (!same(edit.from, setting.value)) found.moved.push(setting.key);
  }
  return found;
}

/** The edits with this one; typing what stands, letter by letter, ends it. */
export function edited(edits: Edits, setting: Setting, typed: string): Edits {
  if (typed === typedOf(setting.value)) return without(edits, [setting.key]);
  const from = edits[setting.key]?.from ?? setting.value;
  return { ...edits, [setting.key]: { typed, from } };
}

/** Once the field is left: what says the same in other letters ("2.", "2.0") is no edit. */
export function settled(edits: Edits, setting: Setting): Edits {
  const edit = edits[setting.key];
  const parsed = edit && parse(ruleOf(setting), edit.typed);
  return parsed?.ok && same(parsed.value, setting.value) ? without(edits, [setting.key]) : edits;
}

export function without(edits: Edits, keys: readonly string[]): Edits {
  return Object.fromEntries(Object.entries(edits).filter(([key]) => !keys.includes(key)));
}

/** What has been seen by now is what further conflicts are measured from. */
export function rebased(edits: Edits, settings: readonly Setting[]): Edits {
  const now = new Map(settings.map((one) => [one.key, one.value]));
  return Object.fromEntries(
    Object.entries(edits).map(([key, edit]) => [
      key,
      { ...edit, from: now.has(key) ? now.get(key) : edit.from },
    ]),
  );
}

/** What goes to the gateway: values by key. */
export function asked(changes: readonly Change[]): Record<string, unknown> {
  return Object.fromEntries(changes.map((one) => [one.key, one.after]));
}

/** When the changes take effect, in a sentence. */
export function effect(changes: readonly Change[]): string {
  const hot = changes.filter((one) => one.applies === "hot").length;
  const later = changes.length - hot;
  if (changes.length === 0) return "Nothing is changed.";
  if (later === 0) return hot === 1 ? "It takes effect at once." : `All ${hot} take effect at once.`;
  if (hot === 0) return `${later === 1 ? "It takes" : `All ${later} take`} effect with the next start.`;
  return `${hot} at once, ${later} with the next start.`;
}

export interface Section {
  name: string;
  settings: Setting[];
}

export interface Search {
  text: string;
  changedOnly: boolean;
  /** Of one table of the file, as `sentinel`; empty for all. */
  within?: string;
}

/** Settings by section in their order, only those that a search finds; sections without any are left out. */
export function sections(settings: readonly Setting[], search: Search, edits: Edits): Section[] {
  const words = search.text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = new Map<string, Setting[]>();
  for (const setting of settings) {
    if (search.within && setting.key.split(".")[0] !== search.within) continue;
    if (search.changedOnly && same(setting.value, setting.default) && !(setting.key in edits)) continue;
    const text = `${setting.key} ${setting.section} ${setting.meaning} ${setting.unit} ${shown(setting.value)}`;
    if (!words.every((word) => text.toLowerCase().includes(word))) continue;
    const list = found.get(setting.section) ?? [];
    list.push(setting);
    found.set(setting.section, list);
  }
  return [...found].map(([name, list]) => ({ name, settings: list }));
}
