const GATES: Record<string, string> = {
  doors: "Keeps entries back while the run, or a venue, is not ready for them. Doors open by themselves.",
  override: "What an operator, the drawdown or the desk imposed on what the order is of.",
  lease: "A strategy opens only as long as its lease lasts.",
  duplicate: "An intent is sent once.",
  "in time": "A wish that is older than it may be is not acted on.",
  freshness: "Without a price that can be trusted nothing is sent.",
  reduction: "What says that it reduces must reduce, and by no more than there is.",
  collar: "A limit, or the price decided on, may not stand further from the price now than the collar.",
  "self trade":
    "An order that would trade with one of our own is kept back, or what rests is cancelled first.",
  "message rate": "So many messages a second may leave for one venue before entries wait.",
  "open orders": "So many orders may be without an end, in all and for one instrument, before entries wait.",
  "order size": "The largest entry by instrument or coin.",
  "order notional": "The largest order by its worth.",
  "position size": "How large an entry may make the position in one instrument, pending orders included.",
  leverage: "Gross exposure after the order may not pass the limit times NAV.",
  "capital share": "Core, satellite and vacuum pairs each keep to their share of the capital.",
  "venue rules": "Last, when the size is final: whether the venue would take it.",
};

/** What a gate is for. */
export function gateText(gate: string): string {
  return (
    GATES[gate.replaceAll("_", " ")] ?? "An order passes the gates one by one; the first refusal ends it."
  );
}
