import { RotateCcw, Undo2 } from "lucide-react";
import { memo, useId } from "react";
import { percent } from "@/lib/format";
import { Badge, Button, cx, Input, Select } from "@/ui";
import type { Setting } from "./changes";
import { type Rule, ruleOf, same, shown, typedOf } from "./rules";

export interface SettingRowProps {
  setting: Setting;
  /** What is typed, where it is being edited. */
  typed: string | undefined;
  problem: string;
  remedy: string;
  /** Somebody else changed it meanwhile. */
  moved: boolean;
  locked: boolean;
  onType: (setting: Setting, typed: string) => void;
  onRevert: (setting: Setting) => void;
  /** The field was left. */
  onLeave: (setting: Setting) => void;
}

const APPLIES = {
  hot: { tone: "accent", text: "at once", title: "A run that trades takes it over at once" },
  restart: { tone: "soft", text: "restart", title: "Takes effect with the next start" },
  never: { tone: "dim", text: "in its file", title: "Changed by hand in its file only" },
} as const;

export const SettingRow = memo(function SettingRow(props: SettingRowProps) {
  const { setting, typed, problem, remedy, moved, onType, onRevert, onLeave } = props;
  const applies = APPLIES[setting.applies as keyof typeof APPLIES] ?? APPLIES.restart;
  const rule = ruleOf(setting);
  const edited = typed !== undefined;
  const plain = same(setting.value, setting.default);
  const name = setting.key.split(".").at(-1) ?? setting.key;
  const locked = props.locked || setting.applies === "never" || rule.type === "table";
  return (
    <li
      className={cx(
        "grid gap-x-6 gap-y-2 border-b border-line px-3 py-3 last:border-b-0 md:grid-cols-[minmax(0,1fr)_minmax(0,20rem)]",
        edited &&
          (problem ? "shadow-[inset_2px_0_0_var(--color-bad)]" : "shadow-[inset_2px_0_0_var(--color-lime)]"),
      )}
      data-setting={setting.key}
      onBlur={() => edited && onLeave(setting)}
    >
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="break-all font-mono text-sm text-text" title={setting.key}>
            {name}
          </span>
          <Badge tone={applies.tone} title={applies.title}>
            {applies.text}
          </Badge>
          {!plain && (
            <Badge tone="info" title={`The default is ${shown(setting.default)}`}>
              {setting.source || "changed"}
            </Badge>
          )}
          {moved && <Badge tone="warn">changed meanwhile: {shown(setting.value)}</Badge>}
        </div>
        <p className="mt-1 max-w-prose text-xs text-soft">{setting.meaning}</p>
        <p className="mt-0.5 text-2xs text-dim">
          {[setting.rule, `default ${shown(setting.default)}`].filter(Boolean).join(" · ")}
        </p>
      </div>
      <div className="flex min-w-0 items-start gap-1.5">
        <div className="min-w-0 flex-1">
          <Editor rule={rule} {...props} locked={locked} name={name} />
          <p
            role={problem ? "alert" : undefined}
            className={cx("mt-1 min-h-4 text-2xs", problem ? "text-bad" : "text-dim")}
          >
            {problem
              ? [problem, remedy].filter(Boolean).join(": ")
              : edited
                ? `now ${shown(setting.value)}`
                : percentOf(setting)}
          </p>
        </div>
        <div className="flex w-14 shrink-0 gap-0.5">
          {edited ? (
            <Button
              kind="ghost"
              size="sm"
              icon={Undo2}
              className="h-8!"
              aria-label={`Undo the edit of ${name}`}
              title="Undo this edit"
              onClick={() => onRevert(setting)}
            />
          ) : (
            !plain &&
            !locked && (
              <Button
                kind="ghost"
                size="sm"
                icon={RotateCcw}
                className="h-8!"
                aria-label={`Set ${name} to its default`}
                title={`To its default, ${shown(setting.default)}`}
                onClick={() => onType(setting, typedOf(setting.default))}
              />
            )
          )}
        </div>
      </div>
    </li>
  );
});

function Editor({
  setting,
  typed,
  problem,
  rule,
  locked,
  name,
  onType,
}: SettingRowProps & { rule: Rule; name: string }) {
  const id = useId();
  const value = typed ?? typedOf(setting.value);
  const type = (text: string) => onType(setting, text);
  if (rule.type === "choice" || rule.type === "bool") {
    const options = rule.type === "bool" ? ["true", "false"] : rule.choices;
    return (
      <Select
        label={name}
        quiet
        value={value}
        disabled={locked}
        options={[...options, ...extra(options, value)]}
        onChange={type}
      />
    );
  }
  if (rule.type === "list" || rule.type === "table")
    return (
      <>
        <label htmlFor={id} className="sr-only">
          {name}, one a line
        </label>
        <textarea
          id={id}
          value={rule.type === "table" ? shown(setting.value) : value}
          disabled={locked}
          rows={Math.min(Math.max(value.split("\n").length, 2), 6)}
          spellCheck={false}
          aria-invalid={problem ? true : undefined}
          placeholder="none; one a line"
          onChange={(event) => type(event.target.value)}
          className="w-full resize-y rounded-md border border-edge bg-ground px-2.5 py-1.5 font-mono text-xs text-text hover:border-dim disabled:opacity-55 aria-invalid:border-bad"
        />
      </>
    );
  return (
    <div className="flex items-center gap-2">
      <Input
        label={name}
        quiet
        value={value}
        disabled={locked}
        aria-invalid={problem ? true : undefined}
        placeholder={rule.optional ? "left out" : ""}
        inputMode={rule.type === "number" || rule.type === "integer" ? "decimal" : "text"}
        onChange={(event) => type(event.target.value)}
        className="flex-1"
      />
      {setting.unit && (
        <span className="w-20 shrink-0 truncate text-2xs text-dim" title={setting.unit}>
          {setting.unit}
        </span>
      )}
    </div>
  );
}

function extra(options: readonly string[], value: string): string[] {
  return options.includes(value) ? [] : [value];
}

/** A fraction reads better as percent. */
function percentOf(setting: Setting): string {
  if (!setting.unit.startsWith("fraction") || setting.value === null || Array.isArray(setting.value))
    return "";
  return `= ${percent(Number(setting.value), 2)}`;
}
