import { ChevronLeft, ChevronRight, Pause, Play, SkipBack, SkipForward } from "lucide-react";
import { type FormEvent, useState } from "react";
import { instant, stamp, zone } from "@/lib/format";
import { Button, Choice, cx, Kbd } from "@/ui";
import { counted, KINDS, type Kind, LANES } from "./marks";
import type { Player } from "./player";
import { type Mark, type Span, speedsOf, stepOf } from "./slider";

/** Play, steps, marks, speed, and the moment as text that can be typed. */
export function Transport({ player, span }: { player: Player; span: Span }) {
  const step = stepOf(span);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
      <div className="flex gap-1" role="group" aria-label="Move">
        <Button
          icon={SkipBack}
          aria-label="Previous mark"
          title="Previous mark (p)"
          onClick={player.previous}
        />
        <Button
          icon={ChevronLeft}
          aria-label="Step back"
          title="Step back (←)"
          onClick={() => player.to(player.at - step)}
        />
        <Button
          kind="primary"
          icon={player.playing ? Pause : Play}
          aria-label={player.playing ? "Stop playing" : "Play"}
          title="Play (space)"
          className="w-12"
          onClick={() => player.play(!player.playing)}
        />
        <Button
          icon={ChevronRight}
          aria-label="Step on"
          title="Step on (→)"
          onClick={() => player.to(player.at + step)}
        />
        <Button icon={SkipForward} aria-label="Next mark" title="Next mark (n)" onClick={player.next} />
      </div>
      <Choice
        label="Speed"
        value={String(player.speed)}
        onChange={(value) => player.setSpeed(Number(value))}
        options={speedsOf(span).map((speed) => ({
          value: String(speed),
          label: `${speed.toLocaleString("en")}×`,
        }))}
      />
      <When player={player} />
      <p className="ml-auto hidden items-center gap-1.5 text-2xs text-dim lg:flex">
        <Kbd>←</Kbd>
        <Kbd>→</Kbd> step, with <Kbd>Shift</Kbd> ten, <Kbd>p</Kbd> <Kbd>n</Kbd> marks, <Kbd>Space</Kbd> play
      </p>
    </div>
  );
}

/** The moment; what is typed there is gone to. */
function When({ player }: { player: Player }) {
  const shown = stamp(player.at, true);
  const [typed, setTyped] = useState<string>();
  const [wrong, setWrong] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === undefined) return;
    const at = instant(typed);
    if (Number.isNaN(at)) {
      setWrong(true);
      return;
    }
    player.to(at);
    setTyped(undefined);
  };
  return (
    <form onSubmit={submit} className="flex items-center gap-1.5">
      <input
        aria-label={`Moment, ${zone()}`}
        aria-invalid={wrong || undefined}
        title="As 2026-11-22 12:03:04.120, then Enter"
        spellCheck={false}
        autoComplete="off"
        value={typed ?? shown}
        onFocus={(event) => {
          setTyped(shown);
          event.target.select();
        }}
        onBlur={() => setTyped(undefined)}
        onChange={(event) => {
          setTyped(event.target.value);
          setWrong(false);
        }}
        className="h-8 w-48 rounded-md border border-edge bg-ground px-2 text-sm tabular-nums hover:border-dim aria-invalid:border-bad"
      />
      <span className="text-2xs text-dim">{zone()}</span>
    </form>
  );
}

/** What the marks mean, how many there are, and which of them are shown and stepped through. */
export function Legend({
  marks,
  hidden,
  onToggle,
}: {
  marks: readonly Mark[];
  hidden: ReadonlySet<Kind>;
  onToggle: (kind: Kind) => void;
}) {
  const many = counted(marks);
  return (
    <div role="group" aria-label="Marks" className="flex flex-wrap gap-1">
      {LANES.filter((kind) => many.has(kind)).map((kind) => {
        const look = KINDS[kind];
        const on = !hidden.has(kind);
        return (
          <button
            key={kind}
            type="button"
            aria-pressed={on}
            onClick={() => onToggle(kind)}
            className={cx(
              "inline-flex h-6 items-center gap-1.5 rounded-md border px-2 text-2xs",
              on ? "border-line bg-raised text-soft" : "border-line text-dim line-through",
            )}
          >
            <svg
              aria-hidden
              width={11}
              height={11}
              viewBox="-5.5 -5.5 11 11"
              className={on ? look.fill : "fill-edge"}
            >
              <path d={look.shape} />
            </svg>
            {look.name} <span className="text-dim tabular-nums">{many.get(kind)}</span>
          </button>
        );
      })}
    </div>
  );
}
