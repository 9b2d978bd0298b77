import { LoaderCircle, type LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";
import { cx } from "./cx";

export interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: "plain" | "primary" | "ghost" | "danger";
  size?: "sm" | "md" | "lg";
  icon?: LucideIcon;
  /** At work: shows so and cannot be pressed again. */
  busy?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

const KINDS = {
  plain: "border-edge bg-raised text-text hover:bg-press",
  primary: "border-lime bg-lime text-ground font-semibold hover:bg-lime/90",
  ghost: "border-transparent bg-transparent text-soft hover:bg-raised hover:text-text",
  danger: "border-panic bg-panic text-white font-semibold hover:bg-panic/85",
};
const SIZES = {
  sm: "h-7 px-2 text-xs gap-1.5",
  md: "h-8 px-3 text-sm gap-2",
  lg: "h-10 px-4 text-base gap-2",
};

/** Without text give it an `aria-label`. */
export function Button({
  kind = "plain",
  size = "md",
  icon: Icon,
  busy = false,
  disabled,
  className,
  children,
  type = "button",
  ...rest
}: ButtonProps) {
  const Shown = busy ? LoaderCircle : Icon;
  return (
    <button
      type={type}
      disabled={disabled || busy}
      aria-busy={busy || undefined}
      className={cx(
        "inline-flex shrink-0 select-none items-center justify-center whitespace-nowrap rounded-md border",
        "transition-colors disabled:cursor-not-allowed disabled:opacity-55",
        KINDS[kind],
        SIZES[size],
        !children && "aspect-square px-0!",
        className,
      )}
      {...rest}
    >
      {Shown && (
        <Shown
          aria-hidden
          className={cx(size === "lg" ? "size-4" : "size-3.5", busy && "animate-spin")}
          strokeWidth={1.75}
        />
      )}
      {children}
    </button>
  );
}

/** A key as it stands on the keyboard. */
export function Kbd({ children }: { children: string }) {
  return (
    <kbd className="inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-sm border border-edge bg-raised px-1 font-sans text-2xs text-soft">
      {children}
    </kbd>
  );
}
