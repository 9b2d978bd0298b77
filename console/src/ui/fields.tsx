import { ChevronDown, type LucideIcon } from "lucide-react";
import { type InputHTMLAttributes, type Ref, type SelectHTMLAttributes, useId } from "react";
import { cx } from "./cx";

const BOX =
  "w-full min-w-0 rounded-md border border-edge bg-ground text-text transition-colors hover:border-dim disabled:opacity-55 aria-invalid:border-bad";

export interface InputProps extends InputHTMLAttributes<HTMLInputElement> {
  label?: string;
  /** The label is for screen readers only. */
  quiet?: boolean;
  hint?: string;
  error?: string;
  icon?: LucideIcon;
  small?: boolean;
  ref?: Ref<HTMLInputElement>;
}

export function Input({ label, quiet, hint, error, icon: Icon, small, className, id, ...rest }: InputProps) {
  const made = useId();
  const name = id ?? made;
  const told = error || hint;
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      {label && (
        <label htmlFor={name} className={quiet ? "sr-only" : "text-xs text-soft"}>
          {label}
        </label>
      )}
      <div className="relative">
        {Icon && (
          <Icon
            aria-hidden
            className="pointer-events-none absolute left-2 top-1/2 size-3.5 -translate-y-1/2 text-dim"
          />
        )}
        <input
          id={name}
          aria-invalid={error ? true : undefined}
          aria-describedby={told ? `${name}-told` : undefined}
          autoComplete="off"
          spellCheck={false}
          className={cx(BOX, small ? "h-7 px-2 text-xs" : "h-9 px-2.5 text-sm", Icon && "pl-7!")}
          {...rest}
        />
      </div>
      {told && (
        <p id={`${name}-told`} className={cx("text-xs", error ? "text-bad" : "text-dim")}>
          {told}
        </p>
      )}
    </div>
  );
}

export interface SelectProps extends Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange"> {
  label: string;
  quiet?: boolean;
  small?: boolean;
  options: readonly (string | { value: string; label: string })[];
  onChange: (value: string) => void;
}

/** The platform's own list: it is the best there is on a phone and with a screen reader. */
export function Select({ label, quiet, small, options, onChange, className, id, ...rest }: SelectProps) {
  const made = useId();
  const name = id ?? made;
  return (
    <div className={cx("flex min-w-0 flex-col gap-1", className)}>
      <label htmlFor={name} className={quiet ? "sr-only" : "text-xs text-soft"}>
        {label}
      </label>
      <div className="relative">
        <select
          id={name}
          onChange={(event) => onChange(event.target.value)}
          className={cx(BOX, "appearance-none pr-7!", small ? "h-7 px-2 text-xs" : "h-9 px-2.5 text-sm")}
          {...rest}
        >
          {options.map((option) => {
            const { value, label: shown } =
              typeof option === "string" ? { value: option, label: option } : option;
            return (
              <option key={value} value={value}>
                {shown}
              </option>
            );
          })}
        </select>
        <ChevronDown
          aria-hidden
          className="pointer-events-none absolute right-2 top-1/2 size-3.5 -translate-y-1/2 text-dim"
        />
      </div>
    </div>
  );
}
