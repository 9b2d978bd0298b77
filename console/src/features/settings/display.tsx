import { type Prefs, setPrefs, usePrefs } from "@/lib/prefs";
import { Card, cx } from "@/ui";

interface Choice<V extends string> {
  value: V;
  name: string;
  text: string;
}

/** How this browser shows things. In force at once. */
export function Display() {
  const prefs = usePrefs();
  return (
    <Card title="Display, in this browser">
      <div className="flex flex-col gap-6">
        <Pick
          name="zone"
          legend="Times"
          value={prefs.zone}
          choices={[
            { value: "utc", name: "UTC", text: "As the journal and the venues have them" },
            {
              value: "local",
              name: localName(),
              text: "The clock of this machine; days still begin at midnight UTC",
            },
          ]}
        />
        <Pick
          name="density"
          legend="Tables"
          value={prefs.density}
          choices={[
            { value: "comfortable", name: "Comfortable", text: "Rows of 34 pixels" },
            { value: "dense", name: "Dense", text: "Rows of 28 pixels: more of them to the screen" },
          ]}
        />
        <Pick
          name="motion"
          legend="Motion"
          value={prefs.motion}
          choices={[
            {
              value: "system",
              name: "As the machine says",
              text: "Dialogs slide in unless the machine asks for less",
            },
            { value: "reduced", name: "None", text: "Nothing slides, fades or spins" },
          ]}
        />
      </div>
    </Card>
  );
}

/** Another clock is read anew: heads of tables and axes of charts name it too. */
function choose(change: Partial<Prefs>): void {
  setPrefs(change);
  if (change.zone !== undefined) window.location.reload();
}

function localName(): string {
  return `Local (${Intl.DateTimeFormat().resolvedOptions().timeZone || "this machine"})`;
}

function Pick<K extends keyof Prefs>({
  name,
  legend,
  value,
  choices,
}: {
  name: K;
  legend: string;
  value: Prefs[K];
  choices: readonly Choice<Prefs[K]>[];
}) {
  return (
    <fieldset>
      <legend className="mb-2 text-xs font-semibold text-soft">{legend}</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        {choices.map((one) => (
          <label
            key={one.value}
            className={cx(
              "flex cursor-pointer gap-2.5 rounded-md border p-2.5 has-focus-visible:outline-2 has-focus-visible:outline-lime",
              one.value === value ? "border-lime bg-lime-deep" : "border-line hover:border-edge",
            )}
          >
            <input
              type="radio"
              name={name}
              value={one.value}
              checked={one.value === value}
              onChange={() => choose({ [name]: one.value } as Partial<Prefs>)}
              className="mt-0.5 accent-lime"
            />
            <span>
              <span className="block text-sm font-medium">{one.name}</span>
              <span className="block text-xs text-soft">{one.text}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
