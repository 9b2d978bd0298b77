import { describe, expect, it } from "vitest";
import { currentPrefs, readPrefs, setPrefs, USUAL } from "@/lib/prefs";

describe("preferences", () => {
  it("are read as far as they may be chosen", () => {
    expect(readPrefs(null)).toEqual(USUAL);
    expect(readPrefs("{")).toEqual(USUAL);
    expect(readPrefs("null")).toEqual(USUAL);
    expect(readPrefs('{"density":"dense","motion":"wild"}')).toEqual({ ...USUAL, density: "dense" });
  });

  it("are kept, and shown to style sheets", () => {
    setPrefs({ motion: "reduced" });
    expect(currentPrefs().motion).toBe("reduced");
    expect(document.documentElement.dataset.motion).toBe("reduced");
    expect(readPrefs(localStorage.getItem("titan.display")).motion).toBe("reduced");
    setPrefs(USUAL);
  });
});
