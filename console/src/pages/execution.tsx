import { Gauge, ListX, Zap } from "lucide-react";
import { CsvButton } from "@/features/CsvButton";
import { LatencyPanel, OrderLives } from "@/features/execution/Latency";
import { DONE, OrderDetails, WORKING } from "@/features/execution/Order";
import { FINISHED, SagaDetails, SagaInFlight } from "@/features/execution/Saga";
import { TimelineLegend } from "@/features/execution/TimelineView";
import { WaterfallCard } from "@/features/execution/WaterfallCard";
import { Loading } from "@/features/Loading";
import { ObserveBanner } from "@/features/ObserveBanner";
import { useNewest } from "@/features/rows";
import { micros } from "@/lib/format";
import { useHeard, useRow, useTable } from "@/lib/live";
import { setParams, useRoute } from "@/lib/router";
import { useRows } from "@/lib/rows";
import { Card, Choice, DataTable, Empty, Page, Stat } from "@/ui";

export default function Execution() {
  const { params } = useRoute();
  const flying = useNewest(useTable("sagas", "working"), (row) => -row.began_ms);
  const finished = useNewest(useTable("sagas", "done"), (row) => row.ended_ms);
  const working = useNewest(useTable("orders", "working"), (row) => -row.sent_ms);
  const done = useNewest(useTable("orders", "done"), (row) => row.updated_ms);
  const stages = useRows("metrics", "latency");
  const list = params.get("orders") === "done" ? "done" : "working";
  const openOrder = (order: string) => setParams({ order, saga: null }, true);
  const saga = [...flying, ...finished].find((one) => one.id === params.get("saga"));
  const order = [...working, ...done].find((one) => one.client_id === params.get("order"));
  const ready = [useHeard("sagas"), useHeard("orders"), useHeard("metrics"), useHeard("status")].every(
    Boolean,
  );
  const columns = list === "working" ? WORKING : DONE;

  return (
    <Page title="Execution">
      <ObserveBanner />
      <Loading until={ready}>
        <Summary />
        <Card flush title={`In flight ${flying.length}`} age="sagas" actions={<TimelineLegend />}>
          {flying.length ? (
            flying.map((one) => (
              <SagaInFlight
                key={one.id}
                saga={one}
                onOpen={() => setParams({ saga: one.id }, true)}
                onOrder={openOrder}
              />
            ))
          ) : (
            <Empty icon={Zap} title="No execution is in flight" className="min-h-[148px]">
              One begins when a strategy wishes for something and the gates let it pass. Its legs, orders and
              steps are drawn here as they happen.
            </Empty>
          )}
        </Card>
        <Card
          flush
          age="orders"
          title={
            <Choice
              label="Which orders"
              value={list}
              onChange={(orders) => setParams({ orders: orders === "working" ? null : orders })}
              options={[
                { value: "working", label: `Working orders ${working.length}` },
                { value: "done", label: `Ended ${done.length}` },
              ]}
            />
          }
          actions={
            <CsvButton rows={list === "working" ? working : done} columns={columns} name={`orders-${list}`} />
          }
        >
          <DataTable
            key={list}
            label={list === "working" ? "Working orders" : "Orders that ended"}
            rows={list === "working" ? working : done}
            columns={columns}
            rowKey={(row) => row.client_id}
            dense
            height="360px"
            selected={order?.client_id}
            onOpen={(row) => openOrder(row.client_id)}
            empty={
              <Empty icon={ListX} title={list === "working" ? "No order is out" : "No order has ended yet"}>
                {list === "working"
                  ? "Orders stand here from the moment they are sent until the venue has said that they are over."
                  : undefined}
              </Empty>
            }
          />
        </Card>
        <div className="grid grid-cols-1 gap-3 items-start xl:grid-cols-[minmax(0,7fr)_minmax(0,5fr)]">
          <Card flush title="How long each stage takes" age="metrics">
            {stages.length ? (
              <LatencyPanel stages={stages} />
            ) : (
              <Empty icon={Gauge} title="Nothing was measured yet" className="min-h-[296px]">
                The first order that leaves is timed from the tick that raised its signal to its fill.
              </Empty>
            )}
          </Card>
          <div className="grid grid-cols-1 content-start gap-3">
            <WaterfallCard finished={finished} chosen={params.get("way") ?? ""} />
            <Card title="How long orders took, from sent to ended" age="orders">
              {done.length ? (
                <OrderLives orders={done} />
              ) : (
                <Empty title="No order has ended yet" className="h-36" />
              )}
            </Card>
          </div>
        </div>
        <Card
          flush
          title={`Finished ${finished.length}`}
          age="sagas"
          actions={<CsvButton rows={finished} columns={FINISHED} name="executions" />}
        >
          <DataTable
            label="Finished executions"
            rows={finished}
            columns={FINISHED}
            rowKey={(row) => row.id}
            dense
            height="480px"
            selected={saga?.id}
            onOpen={(row) => setParams({ saga: row.id, order: null }, true)}
            empty={
              <Empty title="No execution has ended yet">
                The last hundred are kept here, with how they ended and why.
              </Empty>
            }
          />
        </Card>
      </Loading>
      <SagaDetails
        saga={order ? undefined : saga}
        onClose={() => setParams({ saga: null })}
        onOrder={openOrder}
      />
      <OrderDetails order={order} onClose={() => setParams({ order: null })} />
    </Page>
  );
}

function Summary() {
  const run = useRow("status", "run", "run");
  const flying = useTable("sagas", "working");
  const working = useRows("orders", "working");
  const done = useRows("sagas", "done");
  const tick = useRow("metrics", "latency", "tick to order");
  const ack = useRow("metrics", "latency", "order to ack");
  const unknown = working.filter((one) => one.state === "unknown").length;
  const bad = done.filter((one) => one.state === "aborted" || one.state === "needs operator").length;
  return (
    <Card title="Now" age="orders">
      <div className="grid grid-cols-2 gap-x-6 gap-y-3 sm:grid-cols-3 lg:grid-cols-6">
        <Stat
          label="In flight"
          value={flying.size}
          digits={0}
          tone={flying.size ? "accent" : "plain"}
          delta={`${done.length} finished`}
        />
        <Stat
          label="Orders out"
          value={working.length}
          digits={0}
          delta={run ? `${run.orders} sent, ${run.fills} fills` : ""}
        />
        <Stat
          label="Unknown"
          hint="Sends that the venue did not answer"
          value={unknown}
          digits={0}
          tone={unknown ? "bad" : "plain"}
          delta={unknown ? "looked up at the venue" : "every send was answered"}
        />
        <Stat
          label="Aborted"
          value={bad}
          digits={0}
          tone={bad ? "warn" : "plain"}
          delta={`of the last ${done.length}`}
        />
        <Stat
          label="Tick to order, p99"
          value={<span>{micros(tick?.p99)}</span>}
          delta={`p50 ${micros(tick?.p50)}`}
          age="metrics"
        />
        <Stat
          label="Order to ack, p99"
          value={<span>{micros(ack?.p99)}</span>}
          delta={`p50 ${micros(ack?.p50)}`}
          age="metrics"
        />
      </div>
    </Card>
  );
}
