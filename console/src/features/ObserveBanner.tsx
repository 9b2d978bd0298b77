import { Eye } from "lucide-react";
import { useRow } from "@/lib/live";

/** Said on every page that would otherwise look as if nothing worked: the run only watches. */
export function ObserveBanner({ children }: { children?: string }) {
  const run = useRow("status", "run", "run");
  if (!run || (run.traded && run.mode !== "observe")) return null;
  return (
    <p
      role="status"
      className="flex items-center gap-2 rounded-lg border border-info/30 bg-info-deep px-3 py-2 text-sm text-info"
    >
      <Eye aria-hidden className="size-4 shrink-0" strokeWidth={1.75} />
      <span>
        <strong className="font-semibold">Observe only.</strong>{" "}
        {children ?? "Signals are judged and written down; no order is sent."} Start with{" "}
        <code className="font-mono text-xs">--mode paper</code> or{" "}
        <code className="font-mono text-xs">live</code> to trade.
      </span>
    </p>
  );
}
