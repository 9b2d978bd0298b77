/** Why there is no signal yet, and when there can be one. */
import { age } from "@/lib/format";
import type { PairRow, RunRow } from "@/lib/types";

/** The first pair that is through its warm-up decides; by how fast samples came so far. */
export function whenSignals(run: RunRow | undefined, pairs: readonly PairRow[]): string {
  if (!run || run.freshness === "none")
    return "Signals appear here as soon as a run has begun: titan up, or titan run.";
  if (run.freshness === "ended") return "The run has stopped without one.";
  if (run.freshness === "finished") return "The backtest ended without one.";
  if (pairs.length === 0) return "The run has no pair yet: it reads the venues' instruments first.";
  const warming = pairs.filter((one) => one.samples < one.warmup);
  if (warming.length < pairs.length) {
    const ready = pairs.filter((one) => one.samples >= one.warmup);
    const nearest = ready.reduce(
      (best, one) => (one.z / one.entry_z > best.z / best.entry_z ? one : best),
      ready[0] as PairRow,
    );
    return `Every basis is near its mean. The first signal comes when one is ${nearest.entry_z.toFixed(1)} deviations above it; nearest is ${nearest.pair} with z ${nearest.z.toFixed(2)}.`;
  }
  const first = warming.reduce(
    (best, one) => (one.warmup - one.samples < best.warmup - best.samples ? one : best),
    warming[0] as PairRow,
  );
  const left = first.warmup - first.samples;
  const rate = run.seconds > 0 && first.samples > 0 ? run.seconds / first.samples : 0;
  const wait = rate > 0 ? `for about ${age(left * rate * 1000)} more` : "first";
  return `The basis is sampled ${wait} before it is judged: ${first.pair} has ${first.samples} of ${first.warmup} samples.`;
}
