import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, memo, useEffect, useId, useLayoutEffect, useRef } from "react";
import { moment, stamp, zone } from "@/lib/format";
import type { EntryShape } from "@/lib/types";
import { Badge, cx, useWidth } from "@/ui";
import { moved } from "./pages";
import { tone } from "./words";

const LINE = 30;
const TWO_LINES = 50;
const NARROW = 640;
/** This near to the end, older entries are asked for. */
const AHEAD = 30;

export interface ListProps {
  entries: readonly EntryShape[];
  /** The entry that the cursor is on, by its number; 0 for none. */
  cursor: number;
  onCursor: (seq: number) => void;
  onOpen: (entry: EntryShape) => void;
  /** Asks for older ones; again when `before`, from where they are looked for, has moved. */
  onEnd: () => void;
  before: number | null;
  /** Said below the last entry. */
  end: string;
}

/** Entries, newest first; only those in sight are in the document. What is looked at stays where it is as newer come. */
export function EntryList({ entries, cursor, onCursor, onOpen, onEnd, before, end }: ListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const [width, frame] = useWidth<HTMLDivElement>();
  const narrow = width > 0 && width < NARROW;
  const height = narrow ? TWO_LINES : LINE;
  const name = useId();
  const virtualizer = useVirtualizer({
    count: entries.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => entries[index]?.seq ?? index,
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows are measured anew when they have another height
  useEffect(() => virtualizer.measure(), [height, virtualizer]);

  // Newer entries push down what is looked at, unless one looks at the newest.
  const newest = useRef(entries[0]?.seq ?? 0);
  useLayoutEffect(() => {
    const element = scroller.current;
    const before = newest.current;
    newest.current = entries[0]?.seq ?? 0;
    if (!element || !before || element.scrollTop < height) return;
    const added = entries.findIndex((one) => one.seq <= before);
    if (added > 0) element.scrollTop += added * height;
  }, [entries, height]);

  const items = virtualizer.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (before && entries.length > 0 && last >= entries.length - AHEAD) onEnd();
  }, [last, entries.length, before, onEnd]);

  const at = cursor ? entries.findIndex((one) => one.seq === cursor) : -1;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const entry = entries[at];
    if (event.key === "Enter" && entry) {
      event.preventDefault();
      onOpen(entry);
      return;
    }
    const to = moved(
      at,
      event.key,
      entries.length,
      Math.max(1, Math.floor((scroller.current?.clientHeight ?? 300) / height) - 2),
    );
    const next = entries[to];
    if (!next || (to === at && !/^(j|k|Arrow|Page|Home|End)/.test(event.key))) return;
    event.preventDefault();
    onCursor(next.seq);
    virtualizer.scrollToIndex(to);
  };

  return (
    <div ref={frame} className="flex min-h-0 flex-1 flex-col">
      <div
        ref={scroller}
        role="listbox"
        aria-label="Entries of the journal, newest first"
        aria-activedescendant={at >= 0 ? `${name}-${cursor}` : undefined}
        tabIndex={0}
        data-entries
        onKeyDown={onKeyDown}
        onFocus={(event) => {
          const first = entries[0];
          if (at < 0 && first && event.currentTarget.matches(":focus-visible")) onCursor(first.seq);
        }}
        className="min-h-0 flex-1 overflow-y-auto outline-offset-[-2px]"
      >
        <div className="relative" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const entry = entries[item.index];
            if (!entry) return null;
            return (
              <Row
                key={entry.seq}
                id={`${name}-${entry.seq}`}
                entry={entry}
                top={item.start}
                place={item.index + 1}
                of={entries.length}
                narrow={narrow}
                current={entry.seq === cursor}
                onOpen={onOpen}
              />
            );
          })}
        </div>
        <p className="py-3 text-center text-2xs text-dim">{end}</p>
      </div>
    </div>
  );
}

interface RowProps {
  id: string;
  entry: EntryShape;
  top: number;
  place: number;
  of: number;
  narrow: boolean;
  current: boolean;
  onOpen: (entry: EntryShape) => void;
}

const Row = memo(function Row({ id, entry, top, place, of, narrow, current, onOpen }: RowProps) {
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Enter on the list does the same
    <div
      id={id}
      role="option"
      aria-selected={current}
      aria-posinset={place}
      aria-setsize={of}
      tabIndex={-1}
      onClick={() => onOpen(entry)}
      className={cx(
        "absolute inset-x-0 cursor-pointer border-b border-line/60 px-3 text-xs",
        current ? "bg-raised shadow-[inset_2px_0_0_var(--color-lime)]" : "hover:bg-raised/60",
        narrow
          ? "flex flex-col justify-center gap-1"
          : "grid grid-cols-[7.5rem_5.5rem_minmax(0,1fr)_4.5rem] items-center gap-x-3",
      )}
      style={{ top, height: narrow ? TWO_LINES : LINE }}
    >
      {narrow ? (
        <>
          <span className="flex items-center gap-2">
            <Badge tone={tone(entry)}>{entry.label}</Badge>
            <span className="text-dim tabular-nums">{moment(entry.at_ms, Date.now())}</span>
            <span className="ml-auto text-dim tabular-nums">{entry.seq}</span>
          </span>
          <span className="truncate text-soft">{entry.text}</span>
        </>
      ) : (
        <>
          <span className="truncate text-dim tabular-nums" title={`${stamp(entry.at_ms, true)} ${zone()}`}>
            {stamp(entry.at_ms, true).slice(5)}
          </span>
          <span className="min-w-0 overflow-hidden">
            <Badge tone={tone(entry)} className="max-w-full" title={entry.what}>
              <span className="truncate">{entry.label}</span>
            </Badge>
          </span>
          <span className="truncate text-text" title={entry.text}>
            {entry.text}
          </span>
          <span className="text-right text-dim tabular-nums">{entry.seq.toLocaleString("en")}</span>
        </>
      )}
    </div>
  );
});
