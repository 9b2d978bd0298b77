import { Wallet } from "lucide-react";
import { useMemo } from "react";
import { CsvButton } from "@/features/CsvButton";
import { Loading } from "@/features/Loading";
import { ObserveBanner } from "@/features/ObserveBanner";
import { endedColumns, heldColumns, POSITIONS } from "@/features/positions/columns";
import { HoldingDetails } from "@/features/positions/Details";
import { MarginGauge, MarginLegend } from "@/features/positions/MarginGauge";
import { useNewest } from "@/features/rows";
import { reach } from "@/features/StackBar";
import { SourceLegend, sourceSlices } from "@/features/sources";
import { money, percent, sum, toNumber } from "@/lib/format";
import { useHeard, useRow, useTable } from "@/lib/live";
import { setParams, useRoute } from "@/lib/router";
import { useRows } from "@/lib/rows";
import type { HoldingRow, PositionRow } from "@/lib/types";
import { Card, DataTable, Empty, Page, Stat } from "@/ui";

export default function Positions() {
  const { params } = useRoute();
  const held = useNewest(useTable("status", "holdings"), (row) => row.opened_ms);
  const ended = useNewest(useTable("status", "ended"), (row) => row.closed_ms);
  const positions = useRows("status", "positions");
  const quote = useRow("status", "run", "run")?.quote ?? "";
  const open = (row: HoldingRow) => setParams({ holding: row.id }, true);
  const opened = [...held, ...ended].find((one) => one.id === params.get("holding"));
  const ready = useHeard("status");
  const heldScale = useScale(held);
  const endedScale = useScale(ended);
  const heldTable = useMemo(() => heldColumns(heldScale), [heldScale]);
  const endedTable = useMemo(() => endedColumns(endedScale), [endedScale]);

  return (
    <Page title="Positions">
      <ObserveBanner>Nothing is held by a run that only watches.</ObserveBanner>
      <Loading until={ready}>
        <Summary held={held} positions={positions} quote={quote} />
        <Card
          flush
          title={`Held ${held.length}`}
          age="status"
          actions={
            <>
              <SourceLegend />
              <CsvButton rows={held} columns={heldTable} name="holdings" />
            </>
          }
        >
          <DataTable
            label="Holdings"
            rows={held}
            columns={heldTable}
            rowKey={(row) => row.id}
            onOpen={open}
            selected={opened?.id}
            height="480px"
            empty={
              <Empty icon={Wallet} title="Nothing is held">
                A holding appears when a signal pays and its first clip is filled: spot bought, perp sold, and
                what it brings by source as it ticks. Why nothing pays now is on{" "}
                <a className="text-lime underline" href="#/opportunities">
                  Opportunities
                </a>
                .
              </Empty>
            }
          />
        </Card>
        <div className="grid grid-cols-1 items-start gap-3 xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
          <Card
            flush
            title={`At the exchanges ${positions.length}`}
            age="status"
            actions={<CsvButton rows={positions} columns={POSITIONS} name="positions" />}
          >
            <DataTable
              label="Positions at the exchanges"
              rows={positions}
              columns={POSITIONS}
              rowKey={(row) => row.instrument}
              dense
              height="360px"
              initialSort={{ id: "instrument" }}
              empty={
                <Empty title="No position at any exchange">
                  What the fills come to at each venue stands here, marked as the venue marks it.
                </Empty>
              }
            />
          </Card>
          <Margins />
        </div>
        <Card
          flush
          title={`Ended, the last ${ended.length || "hundred"}`}
          age="status"
          actions={<CsvButton rows={ended} columns={endedTable} name="ended" />}
        >
          <DataTable
            label="Holdings that ended"
            rows={ended}
            columns={endedTable}
            rowKey={(row) => row.id}
            dense
            onOpen={open}
            selected={opened?.id}
            height="420px"
            empty={
              <Empty title="No holding has ended yet">
                All of them, promised beside realised, are on{" "}
                <a className="text-lime underline" href="#/trades">
                  Trades
                </a>
                .
              </Empty>
            }
          />
        </Card>
      </Loading>
      <HoldingDetails row={opened} quote={quote} onClose={() => setParams({ holding: null })} />
    </Page>
  );
}

/** Of all bars of a table; steps of a tenth of a decade, so that it does not move with every tick. */
function useScale(rows: readonly HoldingRow[]): readonly [number, number] {
  const [low, high] = reach(
    rows.map((one) => sourceSlices(one.pnl)),
    rows.map((one) => toNumber(one.total) || 0),
  );
  const [from, to] = [-rounded(-low), rounded(high)];
  return useMemo(() => [from, to], [from, to]);
}

function rounded(value: number): number {
  return value > 0 ? 10 ** (Math.ceil(Math.log10(value) * 10) / 10) : 0;
}

function Summary({
  held,
  positions,
  quote,
}: {
  held: readonly HoldingRow[];
  positions: readonly PositionRow[];
  quote: string;
}) {
  const run = useRow("status", "run", "run");
  const total = sum(held.map((one) => one.total));
  const value = sum(held.map((one) => one.value));
  const unpriced = held.filter((one) => one.total === null).length;
  const moving = held.filter((one) => one.state === "opening" || one.state === "closing").length;
  const stuck = held.filter((one) => one.state === "stuck").length;
  const share = run?.nav && toNumber(run.nav) > 0 ? toNumber(value) / toNumber(run.nav) : null;
  return (
    <Card title="Now" age="status">
      <div className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-6">
        <Stat
          label="Holdings"
          value={held.length}
          digits={0}
          tone={stuck ? "bad" : "plain"}
          delta={
            stuck
              ? `${stuck} stuck: it needs you`
              : moving
                ? `${moving} opening or closing`
                : "none on the move"
          }
        />
        <Stat
          label={`Held, ${quote}`}
          value={value}
          digits={0}
          delta={share === null ? "nothing" : `${percent(Number.isFinite(share) ? share : 0, 1)} of NAV`}
        />
        <Stat
          label={`P&L of it, ${quote}`}
          value={total}
          tone="auto"
          delta={unpriced ? `${unpriced} without a price` : "before it is closed"}
        />
        <Stat
          label="Funding forecast"
          value={<span>{percent(run?.apr, 1, true)}</span>}
          delta="a year, of what is held"
        />
        <Stat
          label={`Unrealised, ${quote}`}
          value={sum(positions.map((one) => one.unrealised))}
          tone="auto"
          delta="spot and perps, at their marks"
        />
        <Stat
          label={`Delta, ${quote}`}
          value={run?.delta ?? null}
          delta={
            run?.delta_share == null
              ? ""
              : `${percent(run.delta_share, 2, true)} of NAV, hedged at ${percent(run.act, 0)}`
          }
          tone={Math.abs(run?.delta_share ?? 0) >= (run?.warn ?? 1) ? "warn" : "plain"}
        />
      </div>
      {unpriced > 0 && (
        <p className="mt-2 text-2xs text-warn">
          {money(String(unpriced), { digits: 0 })} of them have no price now and are in no sum.
        </p>
      )}
    </Card>
  );
}

function Margins() {
  const margins = useRows("status", "margins");
  const ordered = [...margins].sort((a, b) => (b.used ?? 2) - (a.used ?? 2));
  return (
    <Card
      title={`Margin of ${margins.length || "perp"} ${margins.length === 1 ? "wallet" : "wallets"}, the fullest first`}
      age="status"
    >
      {ordered.length ? (
        <div className="grid grid-cols-1 gap-x-6 gap-y-4 sm:grid-cols-2">
          {ordered[0] && (
            <div className="sm:col-span-2">
              <MarginLegend row={ordered[0]} />
            </div>
          )}
          {ordered.map((one) => (
            <MarginGauge key={one.wallet} row={one} />
          ))}
        </div>
      ) : (
        <Empty title="No margin is used">
          Once a perp is held, each wallet shows how much of its margin is used, and what happens next.
        </Empty>
      )}
    </Card>
  );
}
