import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { instant, onClock, stamp, zone } from "@/lib/format";
import { setPrefs, USUAL } from "@/lib/prefs";

const AT = Date.UTC(2026, 10, 22, 14, 3, 22, 125);

beforeAll(() => {
  process.env.TZ = "Asia/Kolkata";
});
afterEach(() => setPrefs(USUAL));

describe("times", () => {
  it("are UTC unless the machine's clock was chosen", () => {
    expect(zone()).toBe("UTC");
    expect(stamp(AT, true)).toBe("2026-11-22 14:03:22.125");
    expect(onClock(AT)).toBe(AT);
  });

  it("are the machine's where it was", () => {
    setPrefs({ zone: "local" });
    expect(zone()).toBe("GMT+5:30");
    expect(stamp(AT)).toBe("2026-11-22 19:33:22");
    expect(stamp(0)).toBe("–");
  });

  it("are read as they are written", () => {
    expect(instant("2026-11-22 14:03:22.125")).toBe(AT);
    expect(instant("2026-11-22")).toBe(Date.UTC(2026, 10, 22));
    expect(instant("2026-11-22T14:03:22.125Z")).toBe(AT);
    setPrefs({ zone: "local" });
    expect(instant("2026-11-22 19:33:22.125")).toBe(AT);
    expect(instant("2026-11-22 15:03:22.125+01:00")).toBe(AT);
    expect(instant("soon")).toBeNaN();
  });
});
