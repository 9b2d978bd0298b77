/** What a setting may hold, read from its rule in words, so that an edit is answered while it is typed. The
 * gateway has the last word: it knows the rules between settings too. */

/** As much of a setting as a rule needs. */
export interface Ruled {
  kind: string;
  rule: string;
  default: unknown;
}

export interface Bounds {
  least?: number;
  above?: number;
  most?: number;
  below?: number;
}

export interface Rule {
  type: "number" | "integer" | "choice" | "bool" | "list" | "text" | "table";
  choices: string[];
  bounds: Bounds;
  /** Whether it may be left out: then something else decides. */
  optional: boolean;
}

export type Parsed = { ok: true; value: unknown } | { ok: false; text: string };

const NUMBER = "(-?[0-9][0-9_,.e+-]*)";
const BOUNDS: [keyof Bounds, RegExp][] = [
  ["least", new RegExp(`at least ${NUMBER}`)],
  ["above", new RegExp(`above ${NUMBER}`)],
  ["most", new RegExp(`at most ${NUMBER}`)],
  ["below", new RegExp(`below ${NUMBER}`)],
];

export function ruleOf(setting: Ruled): Rule {
  const bounds: Bounds = {};
  for (const [name, pattern] of BOUNDS) {
    const found = pattern.exec(setting.rule)?.[1];
    const bound = found === undefined ? Number.NaN : Number(found.replace(/[,_]|\.$/g, ""));
    if (Number.isFinite(bound)) bounds[name] = bound;
  }
  const named = /^one of (.+?)(?:;|$)/.exec(setting.rule)?.[1];
  const choices = named ? named.split(",").map((one) => one.trim()) : [];
  return { type: typeOf(setting.kind, choices), choices, bounds, optional: setting.default === null };
}

function typeOf(kind: string, choices: string[]): Rule["type"] {
  if (choices.length > 0) return "choice";
  return kind === "number" || kind === "integer" || kind === "bool" || kind === "list" || kind === "table"
    ? kind
    : "text";
}

/** What was typed, as the value that goes into the file; null leaves the setting out. */
export function parse(rule: Rule, typed: string): Parsed {
  const text = typed.trim();
  if (text === "" && rule.optional) return { ok: true, value: null };
  switch (rule.type) {
    case "number":
    case "integer":
      return parseNumber(rule, text);
    case "bool":
      return text === "true" || text === "false"
        ? { ok: true, value: text === "true" }
        : { ok: false, text: "true or false" };
    case "choice":
      return rule.choices.includes(text)
        ? { ok: true, value: text }
        : { ok: false, text: `one of ${rule.choices.join(", ")}` };
    case "list":
      return {
        ok: true,
        value:
          text === ""
            ? []
            : text
                .split("\n")
                .map((line) => line.trim())
                .filter(Boolean),
      };
    case "text":
      return { ok: true, value: text };
    default:
      return { ok: false, text: "a table is edited in its file" };
  }
}

function parseNumber(rule: Rule, text: string): Parsed {
  const plain = text.replace(/[,_\s]/g, "");
  if (plain === "") return { ok: false, text: "a number is missing" };
  const value = Number(plain);
  if (!Number.isFinite(value)) return { ok: false, text: `"${text}" is not a number` };
  if (rule.type === "integer" && !Number.isInteger(value)) return { ok: false, text: "a whole number" };
  const broken = outside(rule.bounds, value);
  if (broken) return { ok: false, text: broken };
  // More digits than a binary number keeps go over the wire as they were typed.
  const digits = plain.replace(/[^0-9]/g, "").replace(/^0+/, "");
  return { ok: true, value: digits.length > 15 ? plain : value };
}

function outside(bounds: Bounds, value: number): string {
  if (bounds.least !== undefined && value < bounds.least) return `at least ${grouped(bounds.least)}`;
  if (bounds.above !== undefined && value <= bounds.above) return `above ${grouped(bounds.above)}`;
  if (bounds.most !== undefined && value > bounds.most) return `at most ${grouped(bounds.most)}`;
  if (bounds.below !== undefined && value >= bounds.below) return `below ${grouped(bounds.below)}`;
  return "";
}

/** A value as an editor holds it: what `parse` reads back. */
export function typedOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return Array.isArray(value) ? value.map(String).join("\n") : String(value);
}

/** A value for reading. */
export function shown(value: unknown): string {
  if (value === null || value === undefined) return "left out";
  if (typeof value === "number") return grouped(value);
  if (typeof value === "string" && /^-?[0-9]+(\.[0-9]+)?$/.test(value)) return groupedText(value);
  if (Array.isArray(value)) return value.length === 0 ? "none" : value.map(String).join(", ");
  if (typeof value === "object") return JSON.stringify(value);
  return value === "" ? "empty" : String(value);
}

/** Whether two values say the same: 30000 and "30000.0" do. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (isNumeric(a) && isNumeric(b)) return Number(a) === Number(b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((one, n) => same(one, b[n]));
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

function isNumeric(value: unknown): boolean {
  if (typeof value === "number") return true;
  return typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value));
}

function grouped(value: number): string {
  return groupedText(String(value));
}

function groupedText(text: string): string {
  if (text.includes("e")) return text;
  const [whole = "", part] = text.split(".");
  const said = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
  return part === undefined ? said : `${said}.${part}`;
}
