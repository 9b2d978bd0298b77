import { describe, expect, it } from "vitest";
import { connectSteps, madePassword, passwordProblems, userNameProblem } from "@/features/settings/words";

describe("a new password", () => {
  const given = (after: string, again = after, before = "the one before it") => ({ before, after, again });

  it("is long, another one, no name, and twice the same", () => {
    expect(passwordProblems(given("short"), "ana").after).toBe("7 more characters");
    expect(passwordProblems(given("the one before it"), "ana").after).toBe("another one than now");
    expect(passwordProblems(given("Operator-Anna"), "operator-anna").after).toBe("not your name");
    expect(passwordProblems(given("a long sentence", "a long sentence."), "ana")).toEqual({
      again: "This is not the same",
    });
    expect(passwordProblems(given("a long sentence"), "ana")).toEqual({});
  });

  it("says nothing of what was not typed yet", () => {
    expect(passwordProblems({ before: "", after: "", again: "" }, "ana")).toEqual({});
  });
});

describe("a password to hand on", () => {
  it("is four groups of letters that cannot be mistaken", () => {
    expect(madePassword()).toMatch(/^([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}$/);
    expect(madePassword()).not.toBe(madePassword());
  });

  it("takes no byte that would make some letters likelier", () => {
    let turn = 0;
    const made = madePassword((bytes) => bytes.fill(turn++ % 2 === 0 ? 255 : 0));
    expect(made).toBe("aaaaa-aaaaa-aaaaa-aaaaa");
  });
});

it("a user's name has its letters, and is nobody else's", () => {
  expect(userNameProblem("anna@desk", [])).toBe("");
  expect(userNameProblem("Anna", ["anna"])).toContain("already");
  expect(userNameProblem("an na", [])).toContain("only");
});

it("lines to connect name this gateway, and carry no password", () => {
  const steps = connectSteps("https://desk:8787", "ana");
  expect(steps.map((one) => one.title)).toEqual(["Sign in", "Ask", "Listen", "Act"]);
  expect(steps[2]?.lines).toContain("wss://desk:8787/v1/stream");
  expect(steps[0]?.lines).toContain('\\"$PASSWORD\\"');
});
