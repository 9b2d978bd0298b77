import { Search as Glass, X } from "lucide-react";
import { useEffect, useState } from "react";
import { zone } from "@/lib/format";
import { Button, Input, Select } from "@/ui";
import { fromInput, NOTHING, type Query, toInput } from "./query";
import { KINDS, SPANS } from "./words";

const PAUSE_MS = 300;
const BETWEEN = "between";

export interface SearchProps {
  query: Query;
  onChange: (changes: Partial<Query>) => void;
}

/** What to look for: in words, by kind, by id, in a time. */
export function Search({ query, onChange }: SearchProps) {
  const [between, setBetween] = useState(query.sinceMs > 0 || query.untilMs > 0);
  const known = KINDS.some(([what]) => what === query.what);
  const asked = query.what || query.text || query.id || query.sinceMs || query.untilMs;
  const span = (value: string) => {
    setBetween(value === BETWEEN);
    const ms = SPANS.find((one) => one.value === value)?.ms ?? 0;
    if (value !== BETWEEN) onChange({ sinceMs: ms ? Date.now() - ms : 0, untilMs: 0 });
  };
  return (
    <search className="grid grid-cols-2 items-end gap-2 border-b border-line px-3 py-2 sm:flex sm:flex-wrap">
      <Waiting
        label="Words in the entry"
        value={query.text}
        onChange={(text) => onChange({ text })}
        className="col-span-2 sm:min-w-40 sm:flex-[2]"
        first
      />
      <Select
        label="Kind"
        quiet
        small
        value={query.what}
        onChange={(what) => onChange({ what })}
        className="sm:w-44"
        options={[
          { value: "", label: "All kinds" },
          ...(known || !query.what ? [] : [query.what]),
          ...KINDS.map(([value, label]) => ({ value, label })),
        ]}
      />
      <Waiting
        label="Id of an execution, intent or order"
        value={query.id}
        onChange={(id) => onChange({ id })}
        className="sm:min-w-40 sm:flex-1"
      />
      <Select
        label="Time"
        quiet
        small
        value={between ? BETWEEN : ""}
        onChange={span}
        className="sm:w-40"
        options={[
          ...SPANS,
          { value: BETWEEN, label: query.sinceMs || query.untilMs ? `Between (${zone()})` : "Between …" },
        ]}
      />
      {between && (
        <>
          <Input
            label={`From (${zone()})`}
            quiet
            small
            type="datetime-local"
            step={1}
            title={`From (${zone()})`}
            value={toInput(query.sinceMs)}
            onChange={(event) => onChange({ sinceMs: fromInput(event.target.value) })}
          />
          <Input
            label={`Until (${zone()})`}
            quiet
            small
            type="datetime-local"
            step={1}
            title={`Until (${zone()}), not included`}
            value={toInput(query.untilMs)}
            onChange={(event) => onChange({ untilMs: fromInput(event.target.value) })}
          />
        </>
      )}
      <Button
        size="sm"
        kind="ghost"
        icon={X}
        disabled={!asked}
        onClick={() => {
          setBetween(false);
          onChange(NOTHING);
        }}
      >
        Clear
      </Button>
    </search>
  );
}

interface WaitingProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  className: string;
  /** The one that / goes to. */
  first?: boolean;
}

/** Asks once one stops typing, or presses Enter; Escape goes to the entries. */
function Waiting({ label, value, onChange, className, first }: WaitingProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed, value, onChange]);
  return (
    <Input
      label={label}
      quiet
      small
      icon={first ? Glass : undefined}
      placeholder={label}
      data-filter={first ? "" : undefined}
      value={typed}
      className={className}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => {
        if (event.key === "Enter") onChange(typed.trim());
        if (event.key === "Escape" || event.key === "Enter")
          document.querySelector<HTMLElement>("[data-entries]")?.focus();
      }}
    />
  );
}
