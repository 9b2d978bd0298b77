/**
 * How figures are written. Money comes as exact decimal text and is never made a float on the way to the screen:
 * it is rounded, grouped and added as text and whole numbers. "–" stands for what is not known.
 */
import { currentPrefs } from "./prefs";
import type { Money } from "./types";

export const NONE = "–";
const MINUS = "−";
const THIN = " ";

type Decimal = { sign: -1 | 0 | 1; digits: bigint; scale: number };

/** "-1234.50" as a whole number of its last place. Null for what is no decimal number (NaN, Infinity, ""). */
export function parse(text: string): Decimal | null {
  const found = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?$/.exec(text.trim());
  if (!found) return null;
  const [, sign = "", whole = "", part = "", power = "0"] = found;
  if (whole === "" && part === "") return null;
  let scale = part.length - Number(power);
  let digits = BigInt(whole + part || "0");
  if (scale < 0) {
    digits *= 10n ** BigInt(-scale);
    scale = 0;
  }
  return { sign: digits === 0n ? 0 : sign === "-" ? -1 : 1, digits, scale };
}

/** Half away from zero, to `places` after the point: the digits of the result, of that scale. */
function rounded(value: Decimal, places: number): bigint {
  if (value.scale <= places) return value.digits * 10n ** BigInt(places - value.scale);
  const unit = 10n ** BigInt(value.scale - places);
  return (value.digits + unit / 2n) / unit;
}

function grouped(digits: bigint, places: number): string {
  const text = digits.toString().padStart(places + 1, "0");
  const whole = text.slice(0, text.length - places);
  const part = places === 0 ? "" : `.${text.slice(text.length - places)}`;
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + part;
}

export interface MoneyStyle {
  /** Places after the point; 2 unless told. */
  digits?: number;
  /** Write + as well as −. */
  sign?: boolean;
  /** Drop zeros after the point's last digit that is not one. */
  trim?: boolean;
  unit?: string;
}

/** Exact text, rounded and grouped: money("-1234567.891") is "−1,234,567.89". */
export function money(value: Money | null | undefined, style: MoneyStyle = {}): string {
  if (value === null || value === undefined) return NONE;
  const read = parse(value);
  if (!read) return NONE;
  const { digits = 2, sign = false, trim = false, unit = "" } = style;
  const whole = rounded(read, digits);
  let text = grouped(whole, digits);
  if (trim && text.includes(".")) text = text.replace(/\.?0+$/, "");
  const mark = whole === 0n ? "" : read.sign < 0 ? MINUS : sign ? "+" : "";
  return mark + text + (unit ? THIN + unit : "");
}

/** A size in base units: all its digits up to `digits`, without needless zeros. */
export function size(value: Money | number | null | undefined, digits = 8): string {
  if (value === null || value === undefined) return NONE;
  return money(typeof value === "number" ? plain(value) : value, { digits, trim: true });
}

/** -1, 0 or 1; 0 for what is not known. */
export function signOf(value: Money | number | null | undefined): -1 | 0 | 1 {
  if (value === null || value === undefined) return 0;
  if (typeof value === "number") return value > 0 ? 1 : value < 0 ? -1 : 0;
  return parse(value)?.sign ?? 0;
}

/** The exact sum. What is null is left out; null where nothing is known. */
export function sum(values: Iterable<Money | null | undefined>): Money | null {
  let total = 0n;
  let scale = 0;
  let known = false;
  for (const value of values) {
    const read = value === null || value === undefined ? null : parse(value);
    if (!read) continue;
    known = true;
    if (read.scale > scale) {
      total *= 10n ** BigInt(read.scale - scale);
      scale = read.scale;
    }
    const part = read.digits * 10n ** BigInt(scale - read.scale);
    total += read.sign < 0 ? -part : part;
  }
  if (!known) return null;
  const text = (total < 0n ? -total : total).toString().padStart(scale + 1, "0");
  const body = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`;
  return (total < 0n ? "-" : "") + body;
}

/** a - b, exact; null where one is not known. */
export function minus(a: Money | null | undefined, b: Money | null | undefined): Money | null {
  if (a === null || a === undefined || b === null || b === undefined) return null;
  return sum([a, b.startsWith("-") ? b.slice(1) : `-${b.replace(/^\+/, "")}`]);
}

/** For charts, widths and sorting only: the nearest float. */
export function toNumber(value: Money | number | null | undefined): number {
  if (value === null || value === undefined) return Number.NaN;
  return typeof value === "number" ? value : Number(value);
}

/** A float as decimal text without an exponent. */
export function plain(value: number): string {
  const text = String(value);
  return /e/i.test(text) ? value.toFixed(12) : text;
}

/** A measure that is a float anyway (a price on a screen, a z-score): fixed places, grouped. */
export function number(value: number | null | undefined, digits = 2, sign = false): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return money(value.toFixed(digits), { digits, sign });
}

/** A price, with the places that its tick has ("0.10" has one that counts). 0 is "no price". */
export function price(value: number | null | undefined, tick?: string): string {
  if (!value) return NONE;
  return number(value, tick ? places(tick) : value >= 1000 ? 2 : value >= 1 ? 4 : 6);
}

/** Places after the point that a step as "0.010" has. */
export function places(step: string): number {
  const read = parse(step);
  if (!read) return 2;
  let { digits, scale } = read;
  while (scale > 0 && digits % 10n === 0n) {
    digits /= 10n;
    scale -= 1;
  }
  return scale;
}

export function bps(value: number | null | undefined, digits = 1, sign = true): string {
  return number(value, digits, sign);
}

/** A share (0.031) as "3.10%". */
export function percent(value: number | null | undefined, digits = 2, sign = false): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  return `${number(value * 100, digits, sign)}%`;
}

/** Large counts short: 1234567 is "1.23M". */
export function short(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NONE;
  const most = Math.abs(value);
  if (most >= 1e9) return `${number(value / 1e9, 2)}B`;
  if (most >= 1e6) return `${number(value / 1e6, 2)}M`;
  if (most >= 1e4) return `${number(value / 1e3, 1)}k`;
  return number(value, Number.isInteger(value) ? 0 : 1);
}

/** How long: "0.4s", "12s", "3m 05s", "2h 14m", "3d 4h". */
export function age(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return NONE;
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)}s`;
  const whole = Math.floor(seconds);
  if (whole < 60) return `${whole}s`;
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${two(Math.floor((whole % 3600) / 60))}m`;
  return `${Math.floor(whole / 86_400)}d ${Math.floor((whole % 86_400) / 3600)}h`;
}

/** Microseconds in the unit that suits: "85 µs", "1.2 ms", "3.4 s". */
export function micros(us: number | null | undefined): string {
  if (us === null || us === undefined || !Number.isFinite(us)) return NONE;
  if (us < 1000) return `${us.toFixed(us < 10 ? 1 : 0)}${THIN}µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 10_000 ? 2 : 1)}${THIN}ms`;
  return `${(us / 1_000_000).toFixed(2)}${THIN}s`;
}

/** The clock that times are written by, as chosen under Settings: "UTC", or the machine's, as "GMT+1". */
export function zone(): string {
  if (currentPrefs().zone === "utc") return "UTC";
  const parts = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" }).formatToParts();
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "local";
}

/** Moved so that what UTC writes of it is what that clock shows: for charts too. */
export function onClock(at_ms: number): number {
  return currentPrefs().zone === "utc" ? at_ms : at_ms - new Date(at_ms).getTimezoneOffset() * 60_000;
}

/** The moment that such a text means, as "2026-11-22 14:03:22.125"; a text with an offset of its own has that. NaN for none. */
export function instant(text: string): number {
  const given = text.trim().replace(" ", "T");
  if (/(Z|[+-]\d\d:?\d\d)$/i.test(given)) return Date.parse(given);
  const day = /^\d{4}-\d\d-\d\d$/.test(given) ? `${given}T00:00` : given;
  return Date.parse(currentPrefs().zone === "utc" ? `${day}Z` : day);
}

/** "14:03:22" by the clock of `zone`; with `ms` "14:03:22.125". "–" for 0, which is "not yet". */
export function time(at_ms: number | null | undefined, ms = false): string {
  if (!at_ms) return NONE;
  return new Date(onClock(at_ms)).toISOString().slice(11, ms ? 23 : 19);
}

/** "2026-11-22". */
export function date(at_ms: number | null | undefined): string {
  return at_ms ? new Date(onClock(at_ms)).toISOString().slice(0, 10) : NONE;
}

/** "2026-11-22 14:03:22". */
export function stamp(at_ms: number | null | undefined, ms = false): string {
  return at_ms ? `${date(at_ms)} ${time(at_ms, ms)}` : NONE;
}

/** The time alone when it is of the same day as `now_ms`, else with its date. */
export function moment(at_ms: number | null | undefined, now_ms: number): string {
  if (!at_ms) return NONE;
  return date(at_ms) === date(now_ms) ? time(at_ms) : `${date(at_ms).slice(5)} ${time(at_ms)}`;
}
