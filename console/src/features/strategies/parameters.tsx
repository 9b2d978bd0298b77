import { Search, SearchX } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTable } from "@/lib/live";
import { setParams, useRoute } from "@/lib/router";
import { useScope, useSession } from "@/lib/session";
import type { ConfigShape } from "@/lib/types";
import { Card, Choice, cx, Empty, ErrorState, Input, Select, Skeleton } from "@/ui";
import { type Edits, edited, type Section, type Setting, sections, settled, without } from "./changes";
import { type Looked, useConfig, useLooked } from "./config";
import { currentEdits, setEdits, useEdits, useWarning } from "./drafts";
import { Review } from "./review";
import { SettingRow } from "./setting-row";

const ALL = "all";

type Kind = "all" | "changed" | "edited";

/** Every setting with its meaning; edits are collected, looked at, and applied together. */
export function Parameters() {
  const config = useConfig();
  const edits = useEdits();
  const looked = useLooked(config.data, edits);
  const many = Object.keys(edits).length;
  useWarning(many > 0);
  return (
    <>
      <Card title="Parameters" age={{ at: config.dataUpdatedAt, lateMs: 60_000 }} flush>
        {config.data ? (
          <Table config={config.data} edits={edits} looked={looked} />
        ) : config.isError ? (
          <ErrorState error={config.error} onRetry={() => void config.refetch()} />
        ) : (
          <Skeleton lines={14} />
        )}
      </Card>
      {config.data && <Review config={config.data} edits={edits} looked={looked} />}
    </>
  );
}

function Table({ config, edits, looked }: { config: ConfigShape; edits: Edits; looked: Looked }) {
  const { params } = useRoute();
  const { session } = useSession();
  const admin = useScope("admin");
  const text = params.get("q") ?? "";
  const kind = (params.get("show") ?? "all") as Kind;
  const asked = params.get("section") ?? "";
  const search = useMemo(() => ({ text, changedOnly: kind === "changed" }), [text, kind]);
  const found = useMemo(() => {
    const all = sections(config.settings, search, edits);
    if (kind !== "edited") return all;
    return all
      .map((one) => ({ ...one, settings: one.settings.filter((setting) => setting.key in edits) }))
      .filter((one) => one.settings.length > 0);
  }, [config, search, kind, edits]);
  const strategies = useTable("status", "strategies");
  const within = sectionOf(asked, found, text === "" && kind === "all", strategies);
  const listed = within ? found.filter((one) => one.name === within) : found;
  const problems = useMemo(() => problemsOf(looked), [looked]);
  const type = useCallback(
    (setting: Setting, typed: string) => setEdits(edited(currentEdits(), setting, typed)),
    [],
  );
  const leave = useCallback((setting: Setting) => setEdits(settled(currentEdits(), setting)), []);
  const revert = useCallback((setting: Setting) => setEdits(without(currentEdits(), [setting.key])), []);

  return (
    <div className="flex min-w-0 flex-col">
      <div className="flex flex-wrap items-end gap-2 border-b border-line px-3 py-2">
        <Input
          label="Search settings"
          quiet
          small
          icon={Search}
          placeholder="Search key, meaning, value"
          data-filter
          value={text}
          onChange={(event) => setParams({ q: event.target.value })}
          className="w-full sm:w-64"
        />
        <Choice
          label="Which settings"
          value={kind}
          onChange={(value) => setParams({ show: value === "all" ? null : value })}
          options={[
            { value: "all", label: "All" },
            { value: "changed", label: "Not default" },
            {
              value: "edited",
              label: `Edited${Object.keys(edits).length ? ` ${Object.keys(edits).length}` : ""}`,
            },
          ]}
        />
        <Select
          label="Section"
          quiet
          small
          value={within}
          onChange={(value) => setParams({ section: value || ALL })}
          options={[
            { value: "", label: "All sections" },
            ...found.map((one) => ({ value: one.name, label: `${one.name} (${one.settings.length})` })),
          ]}
          className="xl:hidden"
        />
        {!admin && (
          <p className="text-xs text-warn">
            {session?.needs_totp
              ? "Set up a second factor under Settings to apply edits."
              : "You may look and try; applying needs the scope admin."}
          </p>
        )}
        <p className="ml-auto truncate text-2xs text-dim" title={config.place}>
          {config.place}
        </p>
      </div>
      <div className="flex min-w-0">
        <SectionNav sections={found} within={within} edits={edits} />
        <div className="min-w-0 flex-1">
          {listed.map((section) => (
            <section key={section.name} aria-label={section.name}>
              <h3 className="sticky top-0 z-10 border-b border-line bg-raised px-3 py-1.5 text-2xs font-semibold text-soft">
                {section.name}
              </h3>
              <ul>
                {section.settings.map((setting) => (
                  <SettingRow
                    key={setting.key}
                    setting={setting}
                    typed={edits[setting.key]?.typed}
                    problem={problems[setting.key]?.text ?? ""}
                    remedy={problems[setting.key]?.remedy ?? ""}
                    moved={looked.moved.includes(setting.key)}
                    locked={false}
                    onType={type}
                    onRevert={revert}
                    onLeave={leave}
                  />
                ))}
              </ul>
            </section>
          ))}
          {listed.length === 0 && (
            <Empty
              icon={SearchX}
              title={kind === "edited" ? "Nothing is being edited" : "No setting is like that"}
            >
              {kind === "changed" && text === ""
                ? "Every setting has its default."
                : "Search by key, meaning, unit or value."}
            </Empty>
          )}
        </div>
      </div>
    </div>
  );
}

function SectionNav({
  sections: all,
  within,
  edits,
}: {
  sections: readonly Section[];
  within: string;
  edits: Edits;
}) {
  const lines = [{ name: "", settings: all.flatMap((one) => one.settings) }, ...all];
  return (
    <nav aria-label="Sections" className="hidden w-52 shrink-0 border-r border-line p-2 xl:block">
      <ul className="sticky top-2 flex flex-col gap-px">
        {lines.map((one) => (
          <li key={one.name}>
            <button
              type="button"
              aria-pressed={one.name === within}
              onClick={() => setParams({ section: one.name || ALL })}
              className={cx(
                "flex h-7 w-full items-center gap-2 rounded-md px-2 text-left text-xs",
                one.name === within ? "bg-press text-text" : "text-soft hover:bg-raised hover:text-text",
              )}
            >
              <span className="min-w-0 flex-1 truncate">{one.name || "All sections"}</span>
              {one.settings.some((setting) => setting.key in edits) && (
                <span title="Has edits" className="size-1.5 rounded-full bg-lime" />
              )}
              <span className="text-2xs text-dim tabular-nums">{one.settings.length}</span>
            </button>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The section that is shown, "" for all. One at a time unless something is looked for: there are many settings. */
function sectionOf(
  asked: string,
  found: readonly Section[],
  browsing: boolean,
  first: ReadonlyMap<string, unknown>,
): string {
  if (asked === ALL) return "";
  if (found.some((one) => one.name === asked)) return asked;
  if (!browsing) return "";
  return (found.find((one) => first.has(one.name) || one.name === "sentinel") ?? found[0])?.name ?? "";
}

/** By key: what was found here, and what the gateway says. */
function problemsOf(looked: Looked): Record<string, { text: string; remedy: string }> {
  const told = looked.told?.problems ?? [];
  return Object.fromEntries([
    ...told.map((one) => [one.key, { text: one.text, remedy: one.remedy }] as const),
    ...looked.problems.map((one) => [one.key, { text: one.text, remedy: "" }] as const),
  ]);
}
