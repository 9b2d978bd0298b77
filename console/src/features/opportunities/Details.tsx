import { TraceView } from "@/features/trace";
import { number, stamp, zone } from "@/lib/format";
import type { OpportunityRow, RouteRow } from "@/lib/types";
import { SlideOver } from "@/ui";
import { Fact, Facts, Part } from "../facts";
import { Instrument } from "../instrument";
import { extent, PARTS } from "./breakdown";
import { OutcomeBadge } from "./columns";
import { called, figures, LOOKS, meaning, outcomeOf } from "./outcome";
import { RouteBar, RouteLegend } from "./RouteBar";

export interface SignalDetailsProps {
  signal: OpportunityRow | undefined;
  routes: readonly RouteRow[];
  onClose: () => void;
}

/** Everything about one signal: its figures, what became of it and why, the route it took, and its story. */
export function SignalDetails({ signal, routes, onClose }: SignalDetailsProps) {
  const route = signal?.trace ? routes.find((one) => one.trace === signal.trace) : undefined;
  return (
    <SlideOver
      open={signal !== undefined}
      wide
      title={signal ? `${signal.subject}: ${called(signal.name)}` : ""}
      subtitle={
        signal
          ? `${stamp(signal.at_ms, true)} ${zone()}, ${signal.strategy}, entry ${signal.key} of the journal`
          : ""
      }
      onClose={onClose}
    >
      {signal && (
        <>
          <Facts>
            <Fact name="outcome">
              <OutcomeBadge row={signal} />{" "}
              <span className="text-xs text-dim">{LOOKS[outcomeOf(signal)].meaning}</span>
            </Fact>
            <Fact name="why">{signal.why || "–"}</Fact>
            <Fact name="signal">{signal.name}</Fact>
          </Facts>
          <Part title="Figures that made it">
            <Figures signal={signal} />
          </Part>
          {route && (
            <Part title="Route" aside={<RouteLegend />}>
              <RouteFacts route={route} />
            </Part>
          )}
          {signal.trace && (
            <Part title="What followed">
              <TraceView id={signal.trace} />
            </Part>
          )}
        </>
      )}
    </SlideOver>
  );
}

function Figures({ signal }: { signal: OpportunityRow }) {
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden bg-line sm:grid-cols-3">
      {figures(signal).map(([name, value]) => {
        const said = meaning(name);
        return (
          <div key={name} className="flex flex-col bg-panel px-4 py-2">
            <dt className="text-2xs text-dim">{said.label}</dt>
            <dd className="text-base tabular-nums">
              {number(
                value === null ? null : value * (said.times ?? 1),
                said.digits,
                said.unit === "bps" || name === "z",
              )}
              {said.unit && <span className="ml-1 text-2xs text-dim">{said.unit}</span>}
            </dd>
            {said.meaning && <dd className="text-2xs text-dim">{said.meaning}</dd>}
          </div>
        );
      })}
    </dl>
  );
}

function RouteFacts({ route }: { route: RouteRow }) {
  const values = {
    basis: route.basis_bps,
    funding: route.funding_bps,
    fees: route.fees_bps,
    transfer: route.transfer_bps,
  };
  return (
    <>
      <div className="px-4 pt-1">
        <RouteBar route={route} scale={extent([route])} />
      </div>
      <Facts>
        <Fact name="spot">
          <Instrument id={route.spot} />
        </Fact>
        <Fact name="perp">
          <Instrument id={route.perp} />
        </Fact>
        {PARTS.map((part) => (
          <Fact key={part} name={part}>
            {part === "fees" || part === "transfer" ? "−" : ""}
            {number(values[part], 2)} bps
          </Fact>
        ))}
        <Fact name="all in">
          <span className="font-medium">{number(route.all_in_bps, 2, true)} bps</span>
        </Fact>
        <Fact name="why">{route.reason || "–"}</Fact>
      </Facts>
    </>
  );
}
