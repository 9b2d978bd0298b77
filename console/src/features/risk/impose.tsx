import { type FormEvent, useMemo, useState } from "react";
import { impose } from "@/features/controls";
import { useTable } from "@/lib/live";
import { Button, cx, Input, Select, SlideOver } from "@/ui";
import { tried } from "./desk";
import {
  coversOf,
  type Draft,
  EMPTY,
  impositionOf,
  MODES,
  nameOf,
  problemsOf,
  SCOPE_TEXT,
  SCOPES,
  type ScopeName,
} from "./halts";

/** What may be named in a scope: what the run knows now. */
function useKnown(): Record<ScopeName, string[]> {
  const strategies = useTable("status", "strategies");
  const venues = useTable("status", "venues");
  const quotes = useTable("markets", "quotes");
  const holdings = useTable("status", "holdings");
  return useMemo(
    () => ({
      strategy: [...strategies.keys()].sort(),
      venue: [...venues.keys()].sort(),
      base: [...new Set([...quotes.values()].map((one) => one.base))].sort(),
      instrument: [...quotes.keys()].sort(),
      owner: [...holdings.keys()].sort(),
    }),
    [strategies, venues, quotes, holdings],
  );
}

export function ImposeForm({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <SlideOver
      open={open}
      onClose={onClose}
      title="Impose a halt"
      subtitle="It is journalled, in force at once, and holds for every later run until it is lifted."
    >
      <Form onClose={onClose} />
    </SlideOver>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const known = useKnown();
  const halts = useTable("status", "halts");
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [tries, setTries] = useState(0);
  const problems = problemsOf(draft, [...halts.values()]);
  const bad = Object.keys(problems).length > 0;
  const change = (next: Partial<Draft>) => setDraft((old) => ({ ...old, ...next }));
  const scope = (name: ScopeName, value: string) => change({ scope: { ...draft.scope, [name]: value } });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTries(tries + 1);
    if (bad) return;
    void tried(impose(impositionOf(draft)));
    onClose();
  };
  const mode = MODES.find((one) => one.mode === draft.mode);
  const asked = impositionOf(draft);
  const covers = Object.fromEntries(SCOPES.map((one) => [one, asked[one]]));
  return (
    <form onSubmit={submit} className="flex flex-col gap-5 p-4">
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-2 text-xs font-semibold text-soft">What is let through</legend>
        <div className="grid gap-2 sm:grid-cols-2">
          {MODES.map((one) => (
            <label
              key={one.mode}
              className={cx(
                "flex cursor-pointer gap-2.5 rounded-md border p-2.5 has-focus-visible:outline-2 has-focus-visible:outline-lime",
                one.mode === draft.mode ? "border-lime bg-lime-deep" : "border-line hover:border-edge",
              )}
            >
              <input
                type="radio"
                name="mode"
                value={one.mode}
                checked={one.mode === draft.mode}
                onChange={() => change({ mode: one.mode })}
                className="mt-0.5 accent-lime"
              />
              <span>
                <span className="block text-sm font-medium">{one.name}</span>
                <span className="block text-xs text-soft">{one.does}</span>
              </span>
            </label>
          ))}
        </div>
        {draft.mode === "scale" && (
          <Input
            label="Part of their size"
            inputMode="decimal"
            value={draft.factor}
            error={problems.factor}
            hint="0.5 halves every entry"
            onChange={(event) => change({ factor: event.target.value })}
          />
        )}
      </fieldset>
      <fieldset className="flex flex-col gap-2">
        <legend className="mb-2 text-xs font-semibold text-soft">What it covers</legend>
        <div className="grid gap-3 sm:grid-cols-2">
          {SCOPES.map((name) => (
            <Select
              key={name}
              label={SCOPE_TEXT[name].name}
              value={draft.scope[name]}
              onChange={(value) => scope(name, value)}
              options={[{ value: "", label: SCOPE_TEXT[name].hint }, ...known[name]]}
            />
          ))}
        </div>
      </fieldset>
      <Input
        label="Reason, for the journal"
        value={draft.reason}
        error={tries > 0 ? problems.reason : undefined}
        maxLength={200}
        onChange={(event) => change({ reason: event.target.value })}
      />
      <Input
        label="Name, to lift it by"
        placeholder={nameOf(draft)}
        value={draft.name}
        error={problems.name}
        maxLength={80}
        onChange={(event) => change({ name: event.target.value })}
      />
      <p className="rounded-md border border-line bg-ground p-3 text-sm text-soft">
        <span className="text-text">
          {covers && coversOf(covers) === "everything" ? "Everything" : `Covers ${coversOf(covers)}`}.
        </span>{" "}
        {draft.mode === "scale" && !problems.factor
          ? `Entries at ${Math.round(Number(asked.mode) * 1000) / 10} % of their size. Exits and hedges are not touched.`
          : mode?.does}
      </p>
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" kind="primary" disabled={tries > 0 && bad}>
          Impose
        </Button>
      </div>
    </form>
  );
}
