import type { ReactNode } from "react";

/** What is known of something, line by line: the name left, what is known right of it. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="grid grid-cols-[7.5rem_1fr] gap-x-3 gap-y-1.5 px-4 py-3 text-sm">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-xs leading-5 text-dim">{name}</dt>
      <dd className="min-w-0 break-words text-text">{children}</dd>
    </>
  );
}

/** A heading inside a slide-over. */
export function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="border-t border-line">
      <header className="flex items-center justify-between gap-3 px-4 pt-3 pb-1">
        <h3 className="text-xs font-semibold text-soft">{title}</h3>
        {aside}
      </header>
      {children}
    </section>
  );
}
