import { Radar, Route as RouteIcon } from "lucide-react";
import { useMemo } from "react";
import { CsvButton } from "@/features/CsvButton";
import { Loading } from "@/features/Loading";
import { ObserveBanner } from "@/features/ObserveBanner";
import { extent } from "@/features/opportunities/breakdown";
import { routeColumns, SIGNALS, WINDOWS } from "@/features/opportunities/columns";
import { SignalDetails } from "@/features/opportunities/Details";
import { Durations } from "@/features/opportunities/Durations";
import { HeatMap } from "@/features/opportunities/HeatMap";
import { called, OUTCOMES, outcomeOf } from "@/features/opportunities/outcome";
import { Pairs } from "@/features/opportunities/Pairs";
import { RouteLegend } from "@/features/opportunities/RouteBar";
import { whenSignals } from "@/features/opportunities/waiting";
import { profile, windows } from "@/features/opportunities/windows";
import { distinct, useNewest } from "@/features/rows";
import { age, moment, number, zone } from "@/lib/format";
import { useHeard, useNow, useRow, useTable } from "@/lib/live";
import { setParams, useRoute } from "@/lib/router";
import type { OpportunityRow, RouteRow } from "@/lib/types";
import { Card, Choice, DataTable, Empty, Input, Page, Select, Stat } from "@/ui";

export default function Opportunities() {
  const { params } = useRoute();
  const signals = useNewest(useTable("opportunities", "signals"), (row) => row.at_ms);
  const routes = useNewest(useTable("opportunities", "routes"), (row) => row.at_ms);
  const by = {
    pair: params.get("pair") ?? "",
    outcome: params.get("outcome") ?? "",
    name: params.get("signal") ?? "",
    text: params.get("text") ?? "",
  };
  const wanted = useMemo(
    () =>
      signals.filter(
        (one) =>
          (!by.pair || one.subject === by.pair) &&
          (!by.outcome || outcomeOf(one) === by.outcome) &&
          (!by.name || one.name === by.name),
      ),
    [signals, by.pair, by.outcome, by.name],
  );
  const found = useMemo(() => windows(wanted), [wanted]);
  const rhythm = params.get("by") === "weekday" ? "weekday" : "hour";
  const look = params.get("show") === "windows" ? "windows" : "signals";
  const ready = [useHeard("opportunities"), useHeard("status")].every(Boolean);
  const opened = signals.find((one) => one.key === params.get("key"));

  return (
    <Page
      title="Opportunities"
      aside={
        <>
          <Select
            label="Pair"
            quiet
            small
            className="w-28"
            value={by.pair}
            onChange={(pair) => setParams({ pair })}
            options={[{ value: "", label: "All pairs" }, ...distinct(signals, (one) => one.subject)]}
          />
          <Select
            label="Signal"
            quiet
            small
            className="w-36"
            value={by.name}
            onChange={(signal) => setParams({ signal })}
            options={[
              { value: "", label: "All signals" },
              ...distinct(signals, (one) => one.name).map((value) => ({ value, label: called(value) })),
            ]}
          />
          <Select
            label="Outcome"
            quiet
            small
            className="w-32"
            value={by.outcome}
            onChange={(outcome) => setParams({ outcome })}
            options={[{ value: "", label: "All outcomes" }, ...OUTCOMES]}
          />
        </>
      }
    >
      <ObserveBanner />
      <Loading until={ready}>
        <Summary signals={wanted} />
        <div className="grid grid-cols-1 gap-3 xl:grid-cols-[minmax(0,1fr)_24rem]">
          <Card
            flush
            age="opportunities"
            title={
              <Choice
                label="What is listed"
                value={look}
                onChange={(show) => setParams({ show: show === "signals" ? null : show })}
                options={[
                  { value: "signals", label: `Signals ${wanted.length}` },
                  { value: "windows", label: `Windows ${found.length}` },
                ]}
              />
            }
            actions={
              <>
                <Input
                  label="Filter"
                  quiet
                  small
                  placeholder="Filter"
                  data-filter
                  value={by.text}
                  onChange={(event) => setParams({ text: event.target.value })}
                  className="w-36"
                />
                {look === "signals" ? (
                  <CsvButton rows={wanted} columns={SIGNALS} name="signals" filter={by.text} />
                ) : (
                  <CsvButton rows={found} columns={WINDOWS} name="windows" filter={by.text} />
                )}
              </>
            }
          >
            {look === "signals" ? (
              <DataTable
                label="Signals"
                rows={wanted}
                columns={SIGNALS}
                rowKey={(row) => row.key}
                dense
                filter={by.text}
                selected={opened?.key}
                onOpen={(row) => setParams({ key: row.key }, true)}
                height="min(60dvh, 620px)"
                empty={signals.length ? <Empty title="No signal is like that" /> : <NoSignal />}
              />
            ) : (
              <DataTable
                label="Windows"
                rows={[...found].reverse()}
                columns={WINDOWS}
                rowKey={(row) => row.key}
                dense
                filter={by.text}
                onOpen={(row) => setParams({ key: row.key }, true)}
                height="min(60dvh, 620px)"
                empty={signals.length ? <Empty title="No window is like that" /> : <NoSignal />}
              />
            )}
          </Card>
          <div className="grid grid-cols-1 content-start gap-3 md:grid-cols-2 xl:grid-cols-1">
            <Card
              title={`When windows open (${zone()})`}
              age="opportunities"
              actions={
                <Choice
                  label="By hour or weekday"
                  value={rhythm}
                  onChange={(by) => setParams({ by: by === "hour" ? null : by })}
                  options={[
                    { value: "hour", label: "hour" },
                    { value: "weekday", label: "weekday" },
                  ]}
                />
              }
            >
              {found.length ? (
                <HeatMap found={found} by={rhythm} />
              ) : (
                <Empty title="No window yet">
                  Each signal that opens a window counts in the hour of the day at which it came.
                </Empty>
              )}
            </Card>
            <Card title="How long they last" age="opportunities">
              {found.length ? (
                <Durations found={found} />
              ) : (
                <Empty title="No window yet">
                  A window lasts from the signal that opens it to the one that closes it.
                </Empty>
              )}
            </Card>
            {found.length > 0 && (
              <Card title="By pair" flush age="opportunities" className="md:col-span-2 xl:col-span-1">
                <Pairs found={found} />
              </Card>
            )}
          </div>
        </div>
        <Routes routes={by.pair ? routes.filter((one) => one.pair === by.pair) : routes} />
      </Loading>
      <SignalDetails signal={opened} routes={routes} onClose={() => setParams({ key: null })} />
    </Page>
  );
}

function Summary({ signals }: { signals: readonly OpportunityRow[] }) {
  const now = useNow(60_000);
  const found = useMemo(() => windows(signals), [signals]);
  const all = profile(found);
  const oldest = signals[signals.length - 1];
  const count = (outcome: string) => signals.filter((one) => outcomeOf(one) === outcome).length;
  const best = found
    .filter((one) => !one.closeMs && one.edge !== null)
    .sort((a, b) => (b.edge ?? 0) - (a.edge ?? 0))[0];
  const share = all.windows
    ? `${number((100 * all.captured) / all.windows, 0)}% of windows`
    : "of none so far";
  return (
    <Card
      age="opportunities"
      title={
        oldest
          ? `The last ${signals.length} signals, since ${moment(oldest.at_ms, now)} ${zone()}`
          : "No signal yet"
      }
    >
      <div className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-6">
        <Stat
          label="Signals"
          value={signals.length}
          digits={0}
          delta={`${signals.filter((one) => now - one.at_ms < 3_600_000).length} in the last hour`}
        />
        <Stat
          label="Entered"
          value={count("entered")}
          digits={0}
          tone="accent"
          delta={`${all.captured} taken, ${share}`}
        />
        <Stat
          label="Refused"
          value={count("refused")}
          digits={0}
          tone={count("refused") ? "bad" : "plain"}
          delta="by a gate"
        />
        <Stat
          label="Passed"
          value={count("passed")}
          digits={0}
          delta={`${count("closed")} closed something`}
        />
        <Stat
          label="Windows open now"
          value={all.open}
          digits={0}
          delta={best ? `best: ${best.pair}, edge ${number(best.edge, 1, true)} bps` : "none"}
        />
        <Stat
          label="A window lasts"
          value={all.medianSeconds === null ? "–" : <span>{age(all.medianSeconds * 1000)}</span>}
          delta={`median of ${all.windows - all.open} closed`}
        />
      </div>
    </Card>
  );
}

function NoSignal() {
  const run = useRow("status", "run", "run");
  const pairs = useTable("markets", "pairs");
  return (
    <Empty icon={Radar} title="No signal yet">
      {whenSignals(run, [...pairs.values()])}
    </Empty>
  );
}

function Routes({ routes }: { routes: readonly RouteRow[] }) {
  const scale = useMemo(() => extent(routes), [routes]);
  const columns = useMemo(() => routeColumns(scale), [scale]);
  return (
    <Card
      flush
      title="Routes: what entering would cost, and what was taken"
      age="opportunities"
      actions={
        <>
          <RouteLegend />
          <CsvButton rows={routes} columns={columns} name="routes" />
        </>
      }
    >
      <DataTable
        label="Routes"
        rows={routes}
        columns={columns}
        rowKey={(row) => row.key}
        dense
        height="420px"
        onOpen={(row) => row.trace && setParams({ trace: row.trace }, true)}
        empty={
          <Empty icon={RouteIcon} title="No route was weighed yet">
            Before each entry the desk weighs one venue against two: basis, fees, funding and transfers. Each
            weighing is a line here.
          </Empty>
        }
      />
    </Card>
  );
}
