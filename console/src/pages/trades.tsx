import { ArrowLeftRight, Download } from "lucide-react";
import { useEffect, useMemo } from "react";
import { CsvButton } from "@/features/CsvButton";
import { Loading } from "@/features/Loading";
import { ObserveBanner } from "@/features/ObserveBanner";
import { reach } from "@/features/StackBar";
import { SourceLegend, sourceSlices } from "@/features/sources";
import { tradeColumns } from "@/features/trades/columns";
import { TradeDetails } from "@/features/trades/Details";
import { choices, wanted } from "@/features/trades/filter";
import { Scatter } from "@/features/trades/Scatter";
import { Sums } from "@/features/trades/Sums";
import { type Totals, totals } from "@/features/trades/totals";
import { download, useApi } from "@/lib/api";
import { age, bps, money, percent, toNumber, zone } from "@/lib/format";
import { useRow, useTable } from "@/lib/live";
import { setParams, useRoute } from "@/lib/router";
import type { TradeShape } from "@/lib/types";
import { Button, Card, DataTable, Empty, ErrorState, Figure, Input, Page, Select, Stat, toast } from "@/ui";

const EVERY_MS = 15_000;
const NONE: readonly TradeShape[] = [];

export default function Trades() {
  const { params } = useRoute();
  const asked = useApi<TradeShape[]>("/v1/trades", { every: EVERY_MS });
  const ended = useTable("status", "ended").size;
  const { refetch } = asked;
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked anew when one more has ended
  useEffect(() => void refetch(), [ended, refetch]);
  const quote = useRow("status", "run", "run")?.quote ?? "";

  const by = {
    pair: params.get("pair") ?? "",
    type: params.get("type") ?? "",
    from: params.get("from") ?? "",
    to: params.get("to") ?? "",
    text: params.get("text") ?? "",
  };
  const all = asked.data ?? NONE;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `by` is made of these
  const trades = useMemo(() => wanted(all, by), [all, by.pair, by.type, by.from, by.to, by.text]);
  const columns = useMemo(
    () =>
      tradeColumns(
        reach(
          trades.map((one) => sourceSlices(one.pnl)),
          trades.map((one) => toNumber(one.total)),
        ),
      ),
    [trades],
  );
  const told = useMemo(() => totals(trades), [trades]);
  const open = (id: string) => setParams({ trade: id }, true);
  const opened = all.find((one) => one.id === params.get("trade"));
  const stamped = { at: asked.dataUpdatedAt, lateMs: 3 * EVERY_MS };
  const save = () =>
    download("/v1/trades", { format: "csv" }, "trades.csv").catch((error) => toast.bad(error, "CSV"));

  return (
    <Page
      title="Trades"
      aside={
        <>
          <Select
            label="Pair"
            quiet
            small
            className="w-28"
            value={by.pair}
            onChange={(pair) => setParams({ pair })}
            options={[{ value: "", label: "All pairs" }, ...choices(all, "pair")]}
          />
          <Select
            label="Kind"
            quiet
            small
            className="w-28"
            value={by.type}
            onChange={(type) => setParams({ type })}
            options={[{ value: "", label: "All kinds" }, ...choices(all, "type")]}
          />
          <span className="flex items-center gap-1.5 text-2xs text-dim">
            closed
            <Input
              label={`Closed from (${zone()})`}
              quiet
              small
              type="date"
              title={`Closed from this day on (${zone()})`}
              value={by.from}
              max={by.to || undefined}
              onChange={(event) => setParams({ from: event.target.value })}
            />
            –
            <Input
              label={`Closed until (${zone()})`}
              quiet
              small
              type="date"
              title={`Closed until this day, included (${zone()})`}
              value={by.to}
              min={by.from || undefined}
              onChange={(event) => setParams({ to: event.target.value })}
            />
          </span>
        </>
      }
    >
      <ObserveBanner>No trade comes of a run that only watches.</ObserveBanner>
      <Loading until={!asked.isPending}>
        {asked.isError && !asked.data ? (
          <Card>
            <ErrorState error={asked.error} onRetry={() => void refetch()} />
          </Card>
        ) : all.length === 0 ? (
          <Card age={stamped} title="Trades">
            <Empty icon={ArrowLeftRight} title="No trade yet" className="min-h-64">
              A trade stands here once its holding has been opened and closed again: what its signal promised
              beside what it brought, by source. What is held now is on{" "}
              <a className="text-lime underline" href="#/positions">
                Positions
              </a>
              .
            </Empty>
          </Card>
        ) : (
          <>
            <Summary told={told} of={all.length} age={stamped} quote={quote} />
            <div className="grid grid-cols-1 gap-3 xl:grid-cols-2">
              <Card title="Realised against promised" age={stamped}>
                <Scatter trades={trades} onPick={open} />
              </Card>
              <Card title="What each trade brought, and their sum" age={stamped}>
                <Sums trades={trades} onPick={open} />
              </Card>
            </div>
            <Card
              flush
              title={
                trades.length === all.length
                  ? `Trades ${all.length}`
                  : `Trades ${trades.length} of ${all.length}`
              }
              age={stamped}
              actions={
                <>
                  <SourceLegend />
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
                  <CsvButton rows={trades} columns={columns} name="trades-shown" />
                  <Button
                    size="sm"
                    kind="ghost"
                    icon={Download}
                    title="Every trade of the run, as the gateway writes it"
                    onClick={() => void save()}
                  >
                    All
                  </Button>
                </>
              }
            >
              <DataTable
                label="Trades"
                rows={trades}
                columns={columns}
                rowKey={(row) => row.id}
                dense
                initialSort={{ id: "closed", desc: true }}
                selected={opened?.id}
                onOpen={(row) => open(row.id)}
                height="520px"
                empty={<Empty title="No trade is like that" />}
              />
              {trades.length > 0 && <TotalsLine told={told} quote={quote} />}
            </Card>
          </>
        )}
      </Loading>
      <TradeDetails trade={opened} quote={quote} onClose={() => setParams({ trade: null })} />
    </Page>
  );
}

function Summary({
  told,
  of,
  age: stamped,
  quote,
}: {
  told: Totals;
  of: number;
  age: { at: number };
  quote: string;
}) {
  return (
    <Card title={told.count === of ? `All ${of} trades` : `${told.count} of ${of} trades`} age={stamped}>
      <div className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-6">
        <Stat
          label={`P&L, ${quote}`}
          value={told.total}
          tone="auto"
          delta={`of ${money(told.value, { digits: 0 })} traded`}
        />
        <Stat
          label="Realised"
          value={told.realisedBps}
          digits={1}
          tone="auto"
          unit="bps"
          delta="weighted by value"
        />
        <Stat
          label="Won"
          value={<span>{told.count ? percent(told.won / told.count, 0) : "–"}</span>}
          delta={`${told.won} of ${told.count}`}
        />
        {told.sources.slice(0, 3).map(([name, amount]) => (
          <Stat key={name} label={name} value={amount} tone="auto" delta={share(amount, told.value)} />
        ))}
      </div>
    </Card>
  );
}

const share = (amount: string, value: string | null) => {
  const of = toNumber(value);
  return of > 0 ? `${bps((toNumber(amount) / of) * 1e4)} bps of value` : "";
};

function TotalsLine({ told, quote }: { told: Totals; quote: string }) {
  return (
    <div className="flex flex-wrap items-baseline justify-end gap-x-5 gap-y-1 border-t border-edge bg-raised/40 px-3 py-2 text-xs">
      <p className="mr-auto font-medium">
        {told.count} {told.count === 1 ? "trade" : "trades"}, held {age(told.seconds * 1000)} on average
      </p>
      <dl className="flex flex-wrap justify-end gap-x-5 gap-y-1">
        <Sum name="value" amount={told.value} plain />
        {told.sources.map(([name, amount]) => (
          <Sum key={name} name={name} amount={amount} />
        ))}
        <Sum name={`P&L, ${quote}`} amount={told.total} strong />
      </dl>
    </div>
  );
}

function Sum({
  name,
  amount,
  plain,
  strong,
}: {
  name: string;
  amount: string | null;
  plain?: boolean;
  strong?: boolean;
}) {
  return (
    <div className="flex items-baseline gap-1.5">
      <dt className="text-dim">{name}</dt>
      <dd className={strong ? "font-semibold" : ""}>
        <Figure value={amount} tone={plain ? "plain" : "auto"} />
      </dd>
    </div>
  );
}
