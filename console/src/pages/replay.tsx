import { useEffect } from "react";
import { Replay } from "@/features/replay/replay";
import { Mode, Runs } from "@/features/replay/runs";
import { useApi } from "@/lib/api";
import { age, number, short } from "@/lib/format";
import { go, useRoute } from "@/lib/router";
import type { ReplayShape } from "@/lib/types";
import { Button, Card, ErrorState, Page, Select, Skeleton } from "@/ui";

export default function ReplayPage() {
  const runs = useApi<readonly ReplayShape[]>("/v1/replays", { every: 30_000, keep: true });
  const { params } = useRoute();
  const name = params.get("run") ?? "";
  const run = runs.data?.find((one) => one.name === name);
  const open = (to: string) => go("replay", { run: to });
  useEffect(() => {
    if (name !== "") document.getElementById("main")?.scrollTo?.(0, 0);
  }, [name]);
  return (
    <Page
      title="Replay"
      aside={runs.data && name !== "" && <Picker runs={runs.data} run={run} name={name} onOpen={open} />}
    >
      {runs.data === undefined ? (
        <Card title="Recorded runs">
          {runs.isError ? (
            <ErrorState error={runs.error} onRetry={() => void runs.refetch()} />
          ) : (
            <Skeleton height={250} />
          )}
        </Card>
      ) : run ? (
        <Replay run={run} />
      ) : (
        <>
          {name !== "" && (
            <p role="alert" className="text-sm text-warn">
              There is no recorded run “{name}” here any more. These are:
            </p>
          )}
          <Runs runs={runs.data} at={runs.dataUpdatedAt} onOpen={open} />
        </>
      )}
    </Page>
  );
}

interface PickerProps {
  runs: readonly ReplayShape[];
  run: ReplayShape | undefined;
  name: string;
  onOpen: (name: string) => void;
}

function Picker({ runs, run, name, onOpen }: PickerProps) {
  const names = runs.map((one) => one.name);
  return (
    <>
      {run && (
        <span className="flex flex-wrap items-center gap-2 text-2xs text-dim tabular-nums">
          <Mode run={run} />
          {age(run.ended_ms - run.began_ms)} · {number(run.entries, 0)} entries · {short(run.size)}B
          {run.has_tape ? " · with market data" : ""}
        </span>
      )}
      <Select
        label="Run"
        quiet
        small
        value={name}
        options={names.includes(name) ? names : [name, ...names]}
        onChange={onOpen}
        className="w-44"
      />
      <Button size="sm" onClick={() => onOpen("")}>
        All runs
      </Button>
    </>
  );
}
