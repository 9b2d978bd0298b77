import { ChevronDown, ChevronUp, ListFilter } from "lucide-react";
import { useEffect } from "react";
import { TraceView } from "@/features/trace";
import { stamp, zone } from "@/lib/format";
import { openTrace } from "@/lib/router";
import type { EntryShape } from "@/lib/types";
import { Badge, Button, SlideOver } from "@/ui";
import { Fact, Facts, Part } from "../facts";
import { Json } from "./Json";
import { tone, traced } from "./words";

export interface DetailsProps {
  entry: EntryShape | undefined;
  /** To the newer (-1) or older (1) one in the list. */
  onStep: (by: number) => void;
  onFilter: (id: string) => void;
  onClose: () => void;
}

/** One entry as a whole: its words, its ids, its body, and the story that it belongs to. j and k go on through the list. */
export function EntryDetails({ entry, onStep, onFilter, onClose }: DetailsProps) {
  const open = entry !== undefined;
  useEffect(() => {
    if (!open) return;
    const hear = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName))
        return;
      if (event.key === "j" || event.key === "k") onStep(event.key === "j" ? 1 : -1);
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, [open, onStep]);

  const ids = entry
    ? ([
        ["execution", entry.saga],
        ["intent", entry.intent_id],
        ["order", entry.client_id],
      ] as const)
    : [];
  return (
    <SlideOver
      open={open}
      wide
      title={entry ? `Entry ${entry.seq.toLocaleString("en")}: ${entry.label}` : ""}
      subtitle={entry && `${stamp(entry.at_ms, true)} ${zone()}`}
      onClose={onClose}
    >
      {entry && (
        <>
          <div className="flex items-center gap-1 border-b border-line px-3 py-1.5">
            <Badge tone={tone(entry)}>{entry.what}</Badge>
            <Button
              size="sm"
              kind="ghost"
              icon={ChevronUp}
              title="Newer (k)"
              className="ml-auto"
              onClick={() => onStep(-1)}
            >
              Newer
            </Button>
            <Button size="sm" kind="ghost" icon={ChevronDown} title="Older (j)" onClick={() => onStep(1)}>
              Older
            </Button>
          </div>
          <p className="px-4 pt-3 text-sm break-words text-text">{entry.text || entry.label}</p>
          <Facts>
            <Fact name="exact time">
              <span className="font-mono text-xs">{entry.at_ns}</span>{" "}
              <span className="text-xs text-dim">ns UTC</span>
            </Fact>
            {ids.map(
              ([name, id]) =>
                id && (
                  <Fact key={name} name={name}>
                    <span className="flex flex-wrap items-center gap-1.5">
                      <span className="font-mono text-xs break-all">{id}</span>
                      <Button
                        size="sm"
                        kind="ghost"
                        icon={ListFilter}
                        onClick={() => onFilter(id)}
                        title={`Only entries of this ${name}`}
                      >
                        only this
                      </Button>
                      <Button size="sm" kind="ghost" onClick={() => openTrace(id)}>
                        its story
                      </Button>
                    </span>
                  </Fact>
                ),
            )}
          </Facts>
          <Part title="Body">
            <div className="px-4 pt-1 pb-4">
              <Json value={entry.body} />
            </div>
          </Part>
          {traced(entry) && (
            <Part title="The story that it belongs to">
              <TraceView id={traced(entry)} />
            </Part>
          )}
        </>
      )}
    </SlideOver>
  );
}
