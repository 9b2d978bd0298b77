// What the settings page says of users, sessions and how to connect.

export const SCOPES = ["read", "trade", "admin"] as const;
export type ScopeName = (typeof SCOPES)[number];

export const SCOPE_TEXT: Record<ScopeName, string> = {
  read: "Look at everything",
  trade: "Pause, resume, halts, panic",
  admin: "Re-arm, change the configuration, users, the audit log; needs a second factor",
};

/** As the gateway asks for it. */
export const LEAST = 12;

export interface Passwords {
  before: string;
  after: string;
  again: string;
}

/** What keeps a new password from being sent; nothing where it may be. */
export function passwordProblems(given: Passwords, name: string): Partial<Record<keyof Passwords, string>> {
  const found: Partial<Record<keyof Passwords, string>> = {};
  if (given.after !== "" && given.after.length < LEAST)
    found.after = `${LEAST - given.after.length} more characters`;
  else if (given.after !== "" && given.after.toLowerCase() === name.toLowerCase())
    found.after = "not your name";
  else if (given.after !== "" && given.after === given.before) found.after = "another one than now";
  if (given.again !== "" && given.again !== given.after) found.again = "This is not the same";
  return found;
}

export function userNameProblem(name: string, taken: readonly string[]): string {
  const given = name.trim().toLowerCase();
  if (given === "") return "";
  if (!/^[a-z0-9][a-z0-9._@-]{0,63}$/.test(given)) return "letters, digits and . _ @ - only";
  return taken.includes(given) ? `there is a user ${given} already` : "";
}

const LETTERS = "abcdefghjkmnpqrstuvwxyz23456789";

/** A password to hand on: four groups of five, about 99 bits, without letters that look alike. */
export function madePassword(
  random: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array = (bytes) => crypto.getRandomValues(bytes),
): string {
  const found: string[] = [];
  while (found.length < 20) {
    for (const byte of random(new Uint8Array(32))) {
      // The last bytes of the range would make some letters likelier.
      if (byte < LETTERS.length * 8 && found.length < 20) found.push(LETTERS[byte % LETTERS.length] ?? "");
    }
  }
  return [0, 5, 10, 15].map((from) => found.slice(from, from + 5).join("")).join("-");
}

export interface Step {
  title: string;
  text: string;
  lines: string;
}

/** How a program speaks with this gateway, ready to be pasted. */
export function connectSteps(origin: string, name: string): Step[] {
  const stream = `${origin.replace(/^http/, "ws")}/v1/stream`;
  return [
    {
      title: "Sign in",
      text: "An access token lives some minutes; sign in again, or refresh with the cookie, for another. Make a user for the program with the scopes that it needs, and no more.",
      lines: [
        `read -rs PASSWORD`,
        `TOKEN=$(curl -s ${origin}/v1/auth/login -H 'Content-Type: application/json' \\`,
        `  -d "{\\"name\\":\\"${name}\\",\\"password\\":\\"$PASSWORD\\"}" | jq -r .access)`,
      ].join("\n"),
    },
    {
      title: "Ask",
      text: "Everything that a page shows is a document under /v1.",
      lines: [
        `curl -s ${origin}/v1/status -H "Authorization: Bearer $TOKEN" | jq`,
        `curl -s "${origin}/v1/journal?text=BTC&limit=20" -H "Authorization: Bearer $TOKEN" | jq .entries`,
        `curl -s "${origin}/v1/trades?format=csv" -H "Authorization: Bearer $TOKEN" > trades.csv`,
      ].join("\n"),
    },
    {
      title: "Listen",
      text: "A snapshot of each channel, then what changes; channels are status, markets, opportunities, orders, fills, sagas and metrics.",
      lines: [
        `(echo "{\\"op\\":\\"auth\\",\\"token\\":\\"$TOKEN\\"}"`,
        ` echo '{"op":"subscribe","channels":["status","fills"]}'; sleep 3600) | websocat ${stream}`,
      ].join("\n"),
    },
    {
      title: "Act",
      text: "Controls need the scope trade. The answer says whether it is in force or was asked for; the stream shows when it is so.",
      lines: [
        `curl -s ${origin}/v1/controls/pause -H "Authorization: Bearer $TOKEN" \\`,
        `  -H 'Content-Type: application/json' -d '{"reason":"maintenance"}'`,
      ].join("\n"),
    },
  ];
}
