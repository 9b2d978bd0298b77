import { Ellipsis, LogOut, PanelLeftClose, PanelLeftOpen, Search } from "lucide-react";
import { useEffect, useState } from "react";
import { Mark } from "@/features/session/mark";
import { href } from "@/lib/router";
import { signOut, useSession } from "@/lib/session";
import { PAGES, type PageEntry } from "@/pages";
import { Button, cx } from "@/ui";

const KEPT = "titan.rail";

/** Whether the rail shows icons only: as the operator left it, or as the window's width suggests. */
function useNarrow(): [boolean, () => void] {
  const [narrow, setNarrow] = useState(() => {
    const kept = localStorage.getItem(KEPT);
    return kept ? kept === "narrow" : window.innerWidth < 1200;
  });
  const turn = () => {
    localStorage.setItem(KEPT, narrow ? "wide" : "narrow");
    setNarrow(!narrow);
  };
  return [narrow, turn];
}

export function Rail({ page }: { page: string }) {
  const [narrow, turn] = useNarrow();
  const { session, setup } = useSession();
  return (
    <nav
      aria-label="Pages"
      className={cx(
        "hidden shrink-0 flex-col border-r border-line bg-panel md:flex",
        narrow ? "w-14" : "w-48",
      )}
    >
      <a
        href={href("overview")}
        className="flex h-13 items-center gap-2.5 border-b border-line px-3.5"
        aria-label="Titan"
      >
        <Mark className="size-7 shrink-0" />
        {!narrow && <span className="text-base font-semibold tracking-tight">Titan</span>}
      </a>
      <ul className="flex min-h-0 flex-1 flex-col gap-0.5 overflow-y-auto p-2">
        {PAGES.map((entry) => (
          <li key={entry.name}>
            <Entry entry={entry} current={entry.name === page} narrow={narrow} />
          </li>
        ))}
      </ul>
      <div
        className={cx(
          "flex border-t border-line p-2",
          narrow ? "flex-col items-center gap-1" : "items-center gap-1",
        )}
      >
        {!narrow && (
          <div className="min-w-0 flex-1 px-1.5">
            <div className="truncate text-xs text-soft">{session?.name}</div>
            <div className="truncate text-2xs text-dim">{setup?.version && `Titan ${setup.version}`}</div>
          </div>
        )}
        <Button
          kind="ghost"
          size="sm"
          icon={LogOut}
          aria-label="Sign out"
          title="Sign out"
          onClick={() => void signOut().catch(() => undefined)}
        />
        <Button
          kind="ghost"
          size="sm"
          icon={narrow ? PanelLeftOpen : PanelLeftClose}
          aria-label={narrow ? "Widen the rail" : "Narrow the rail"}
          aria-expanded={!narrow}
          onClick={turn}
        />
      </div>
    </nav>
  );
}

function Entry({ entry, current, narrow }: { entry: PageEntry; current: boolean; narrow: boolean }) {
  const { name, title, icon: Icon } = entry;
  return (
    <a
      href={href(name)}
      aria-current={current ? "page" : undefined}
      aria-label={narrow ? title : undefined}
      title={narrow ? title : undefined}
      onPointerEnter={() => void entry.load()}
      className={cx(
        "flex h-8 items-center gap-2.5 rounded-md text-sm transition-colors",
        narrow ? "justify-center" : "px-2",
        current ? "bg-press font-medium text-text" : "text-soft hover:bg-raised hover:text-text",
      )}
    >
      <Icon aria-hidden className={cx("size-4 shrink-0", current && "text-lime")} strokeWidth={1.75} />
      {!narrow && <span className="truncate">{title}</span>}
    </a>
  );
}

const FIRST = ["overview", "markets", "execution", "risk"];

/** On a phone: four pages at the thumb, the others behind "More". */
export function BottomBar({ page, onPalette }: { page: string; onPalette: () => void }) {
  const [more, setMore] = useState(false);
  const first = PAGES.filter((entry) => FIRST.includes(entry.name));
  const others = PAGES.filter((entry) => !FIRST.includes(entry.name));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another page closes it
  useEffect(() => setMore(false), [page]);
  return (
    <nav
      aria-label="Pages"
      className="relative z-20 shrink-0 border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] md:hidden"
    >
      {more && (
        <>
          <button
            type="button"
            aria-label="Close"
            className="fixed inset-0 -z-10 bg-black/60"
            onClick={() => setMore(false)}
          />
          <ul className="absolute inset-x-0 bottom-full grid grid-cols-2 gap-1 rounded-t-lg border-t border-edge bg-panel p-3">
            {others.map(({ name, title, icon: Icon }) => (
              <li key={name}>
                <a
                  href={href(name)}
                  aria-current={name === page ? "page" : undefined}
                  className={cx(
                    "flex h-11 items-center gap-3 rounded-md px-3 text-sm",
                    name === page ? "bg-press text-text" : "text-soft",
                  )}
                >
                  <Icon
                    aria-hidden
                    className={cx("size-4", name === page && "text-lime")}
                    strokeWidth={1.75}
                  />
                  {title}
                </a>
              </li>
            ))}
            <li>
              <button
                type="button"
                onClick={() => {
                  setMore(false);
                  onPalette();
                }}
                className="flex h-11 w-full items-center gap-3 rounded-md px-3 text-sm text-soft"
              >
                <Search aria-hidden className="size-4" strokeWidth={1.75} />
                Find
              </button>
            </li>
            <li>
              <button
                type="button"
                onClick={() => void signOut().catch(() => undefined)}
                className="flex h-11 w-full items-center gap-3 rounded-md px-3 text-sm text-soft"
              >
                <LogOut aria-hidden className="size-4" strokeWidth={1.75} />
                Sign out
              </button>
            </li>
          </ul>
        </>
      )}
      <ul className="grid grid-cols-5">
        {first.map(({ name, title, icon: Icon }) => (
          <li key={name}>
            <a
              href={href(name)}
              aria-current={name === page ? "page" : undefined}
              className={cx(
                "flex h-13 flex-col items-center justify-center gap-0.5 text-2xs",
                name === page ? "text-lime" : "text-soft",
              )}
            >
              <Icon aria-hidden className="size-4.5" strokeWidth={1.75} />
              {title}
            </a>
          </li>
        ))}
        <li>
          <button
            type="button"
            aria-expanded={more}
            onClick={() => setMore(!more)}
            className={cx(
              "flex h-13 w-full flex-col items-center justify-center gap-0.5 text-2xs",
              more || others.some((entry) => entry.name === page) ? "text-lime" : "text-soft",
            )}
          >
            <Ellipsis aria-hidden className="size-4.5" strokeWidth={1.75} />
            More
          </button>
        </li>
      </ul>
    </nav>
  );
}
