import { ArrowUp, BookOpenText, SearchX } from "lucide-react";
import { useCallback, useEffect, useMemo, useState } from "react";
import { EntryDetails } from "@/features/journal/Details";
import { EntryList } from "@/features/journal/List";
import { parse, type Query } from "@/features/journal/query";
import { Search } from "@/features/journal/Search";
import { useJournal } from "@/features/journal/use-journal";
import { useApi } from "@/lib/api";
import { useRow } from "@/lib/live";
import { setParams, useRoute } from "@/lib/router";
import type { EntryShape, JournalPage } from "@/lib/types";
import { Button, Card, cx, Empty, ErrorState, Kbd, Skeleton } from "@/ui";

const NAMES: Record<keyof Query, string> = {
  what: "what",
  text: "text",
  id: "id",
  sinceMs: "since",
  untilMs: "until",
};

export default function Journal() {
  const { params } = useRoute();
  const address = params.toString();
  const query = useMemo(() => parse(new URLSearchParams(address)), [address]);
  const run = useRow("status", "run", "run");
  const over = run?.freshness === "ended" || run?.freshness === "finished";
  const follow = params.get("follow") !== "0" && !query.untilMs && !over;
  const found = useJournal(query, follow, run?.seq ?? 0);
  const { entries } = found;
  const [cursor, setCursor] = useState(0);
  const opened = useOpened(entries, Number(params.get("entry") ?? 0));

  const change = useCallback((changes: Partial<Query>) => {
    const named = Object.entries(changes).map(([key, value]) => [NAMES[key as keyof Query], value || null]);
    setParams({ ...Object.fromEntries(named), entry: null });
  }, []);
  const open = useCallback((entry: EntryShape) => {
    setCursor(entry.seq);
    setParams({ entry: entry.seq }, true);
  }, []);
  const step = useCallback(
    (by: number) => {
      const at = entries.findIndex((one) => one.seq === opened?.seq);
      const next = at < 0 ? undefined : entries[at + by];
      if (!next) return;
      setCursor(next.seq);
      setParams({ entry: next.seq });
    },
    [entries, opened],
  );
  useKeysFromAnywhere();

  const asked = Boolean(query.what || query.text || query.id || query.sinceMs || query.untilMs);
  const unseen = !follow && run ? Math.max(0, run.seq - found.head) : 0;
  return (
    <div className="mx-auto flex h-full min-h-[26rem] w-full max-w-[1920px] flex-col gap-3 p-3 md:p-4">
      <header className="flex min-h-8 flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <h1 className="text-[1.0625rem] font-semibold tracking-[-0.01em]">Journal</h1>
        <div className="flex items-center gap-3">
          <span className="hidden items-center gap-1.5 text-2xs text-dim lg:flex">
            <Kbd>/</Kbd> search <Kbd>j</Kbd> <Kbd>k</Kbd> move <Kbd>Enter</Kbd> open <Kbd>Esc</Kbd> close
          </span>
          <Follow on={follow} over={over || query.untilMs > 0} />
        </div>
      </header>
      <Card
        flush
        title={title(found.head, entries.length, asked)}
        age={{ at: found.at }}
        className="min-h-0 flex-1 [&>div]:flex [&>div]:flex-col"
      >
        <Search query={query} onChange={change} />
        {unseen > 0 && (
          <button
            type="button"
            onClick={found.newer}
            className="flex items-center justify-center gap-1.5 border-b border-line bg-lime-deep py-1.5 text-xs text-lime hover:underline"
          >
            <ArrowUp aria-hidden className="size-3.5" /> {unseen.toLocaleString("en")} newer{" "}
            {unseen === 1 ? "entry" : "entries"} in the journal
          </button>
        )}
        {entries.length > 0 ? (
          <>
            {found.error !== null && <Trouble error={found.error} onRetry={found.retry} />}
            <EntryList
              entries={entries}
              cursor={opened?.seq ?? cursor}
              onCursor={setCursor}
              onOpen={open}
              onEnd={found.older}
              before={found.before}
              end={end(found.before, asked)}
            />
          </>
        ) : found.error !== null ? (
          <ErrorState error={found.error} onRetry={found.retry} />
        ) : found.before === null ? (
          <Skeleton lines={16} />
        ) : found.before > 0 ? (
          <Looking before={found.before} head={found.head} onOlder={found.older} />
        ) : asked ? (
          <Empty icon={SearchX} title="No entry is like that" className="flex-1">
            <p>
              Words are looked for in the body of an entry; an id is that of an execution, an intent or an
              order, or the beginning of one.
            </p>
            <Button
              size="sm"
              className="mt-3"
              onClick={() => change({ what: "", text: "", id: "", sinceMs: 0, untilMs: 0 })}
            >
              Show all entries
            </Button>
          </Empty>
        ) : (
          <Empty icon={BookOpenText} title="The journal is empty" className="flex-1">
            A run writes down everything before it does it. Its first entry comes when it begins: titan up, or
            titan run.
          </Empty>
        )}
      </Card>
      <EntryDetails
        entry={opened}
        onStep={step}
        onFilter={(id) => change({ id, what: "", text: "" })}
        onClose={() => setParams({ entry: null })}
      />
    </div>
  );
}

function title(head: number, shown: number, asked: boolean): string {
  if (!head) return "Entries";
  const all = head.toLocaleString("en");
  return asked
    ? `${shown.toLocaleString("en")} found so far, of ${all} entries`
    : `${all} entries, newest first`;
}

/** The opened one, from the list or, when it was only named in the address, from the gateway. */
function useOpened(entries: readonly EntryShape[], seq: number): EntryShape | undefined {
  const here = seq ? entries.find((one) => one.seq === seq) : undefined;
  const asked = useApi<JournalPage>("/v1/journal", {
    query: { before: seq + 1, limit: 1 },
    when: seq > 0 && !here,
  });
  if (!seq) return undefined;
  const there = asked.data?.entries[0];
  return here ?? (there?.seq === seq ? there : undefined);
}

/** j, k and Enter go to the entries when nothing else has the focus. */
function useKeysFromAnywhere(): void {
  useEffect(() => {
    const hear = (event: KeyboardEvent) => {
      if (document.activeElement !== document.body || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!/^(j|k|ArrowDown|ArrowUp|PageDown|PageUp|Home|End)$/.test(event.key)) return;
      const list = document.querySelector<HTMLElement>("[data-entries]");
      list?.focus();
      event.preventDefault();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, []);
}

function Follow({ on, over }: { on: boolean; over: boolean }) {
  return (
    <Button
      size="sm"
      aria-pressed={on}
      disabled={over}
      title={over ? "Nothing newer can come" : "Newer entries appear on top as they are written"}
      onClick={() => setParams({ follow: on ? "0" : null })}
    >
      <span
        aria-hidden
        className={cx(
          "size-1.5 rounded-full",
          on ? "bg-lime motion-safe:animate-pulse" : "border border-dim",
        )}
      />
      {on ? "Following" : "Follow"}
    </Button>
  );
}

function Trouble({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  return (
    <p
      role="alert"
      className="flex items-center justify-center gap-3 border-b border-line bg-bad-deep px-3 py-1.5 text-xs text-bad"
    >
      {error instanceof Error ? error.message : String(error)}
      <Button size="sm" onClick={onRetry}>
        Try again
      </Button>
    </p>
  );
}

function end(before: number | null, asked: boolean): string {
  if (!before) return asked ? "That is all." : "The journal begins here.";
  return asked ? `Looked back to entry ${before.toLocaleString("en")} …` : "Loading older entries …";
}

/** Nothing was found yet, and there is more to look through: goes on by itself, and says how far it is. */
function Looking({ before, head, onOlder }: { before: number; head: number; onOlder: () => void }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again from each place that it came to
  useEffect(onOlder, [before, onOlder]);
  return (
    <Empty icon={BookOpenText} title="Looking through older entries" className="flex-1">
      {(head - before).toLocaleString("en")} of {head.toLocaleString("en")} were looked through; none is like
      that so far.
    </Empty>
  );
}
