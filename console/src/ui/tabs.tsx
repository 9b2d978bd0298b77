import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { cx } from "./cx";

export interface TabsProps {
  label: string;
  tabs: readonly { value: string; label: ReactNode; content?: ReactNode }[];
  value: string;
  onChange: (value: string) => void;
  /** Without content below: only the choice (a segmented control). */
  className?: string;
}

export function Tabs({ label, tabs, value, onChange, className }: TabsProps) {
  return (
    <Radix.Root value={value} onValueChange={onChange} className={cx("flex min-w-0 flex-col", className)}>
      <Radix.List aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line px-2">
        {tabs.map((tab) => (
          <Radix.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px whitespace-nowrap border-b-2 border-transparent px-2 py-2 text-xs font-medium text-dim hover:text-text data-[state=active]:border-lime data-[state=active]:text-text"
          >
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.value} value={tab.value} className="min-w-0">
          {tab.content}
        </Radix.Content>
      ))}
    </Radix.Root>
  );
}

export interface ChoiceProps<V extends string> {
  label: string;
  options: readonly { value: V; label: string }[];
  value: V;
  onChange: (value: V) => void;
}

/** A few ways to look at the same thing: 1h, 1d, all. */
export function Choice<V extends string>({ label, options, value, onChange }: ChoiceProps<V>) {
  return (
    <div role="group" aria-label={label} className="inline-flex rounded-md border border-line bg-ground p-px">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={cx(
            "h-6 rounded-sm px-2 text-2xs font-medium",
            option.value === value ? "bg-press text-text" : "text-dim hover:text-text",
          )}
        >
          {option.label}
        </button>
      ))}
    </div>
  );
}
