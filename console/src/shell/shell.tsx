import { type ComponentType, lazy, Suspense } from "react";
import { useStream } from "@/lib/live";
import { href, useRoute } from "@/lib/router";
import { PAGES } from "@/pages";
import { cx, Empty, Skeleton } from "@/ui";

const LAZY = new Map<string, ComponentType>(PAGES.map((page) => [page.name, lazy(page.load)]));

export function Shell() {
  useStream();
  const { page } = useRoute();
  const Shown = LAZY.get(page);
  return (
    <div className="flex h-dvh">
      <nav aria-label="Pages" className="flex w-48 flex-col gap-0.5 border-r border-line bg-panel p-2">
        {PAGES.map(({ name, title, icon: Icon }) => (
          <a
            key={name}
            href={href(name)}
            aria-current={name === page ? "page" : undefined}
            className={cx(
              "flex h-8 items-center gap-2 rounded-md px-2 text-sm",
              name === page ? "bg-raised text-text" : "text-soft",
            )}
          >
            <Icon aria-hidden className="size-4" strokeWidth={1.75} />
            {title}
          </a>
        ))}
      </nav>
      <main className="min-w-0 flex-1 overflow-y-auto">
        <Suspense fallback={<Skeleton lines={6} />}>
          {Shown ? <Shown /> : <Empty title="There is no such page" />}
        </Suspense>
      </main>
    </div>
  );
}
