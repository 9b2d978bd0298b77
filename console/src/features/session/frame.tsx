import type { ReactNode } from "react";
import { useSession } from "@/lib/session";
import { Badge } from "@/ui";
import { Mark } from "./mark";

/** What stands around sign-in and set-up. */
export function Gate({ title, lead, children }: { title: string; lead?: ReactNode; children: ReactNode }) {
  const { setup } = useSession();
  return (
    <main className="flex h-dvh flex-col items-center overflow-y-auto px-4 py-10">
      <div className="my-auto w-full max-w-sm">
        <div className="mb-6 flex items-center gap-3">
          <Mark className="size-8" />
          <span className="text-base font-semibold tracking-tight">Titan</span>
          {setup?.simulated && <Badge tone="info">SIMULATED</Badge>}
          {setup && <span className="ml-auto text-2xs text-dim">{setup.version}</span>}
        </div>
        <div className="rounded-lg border border-line bg-panel p-5">
          <h1 className="text-lg font-semibold tracking-tight">{title}</h1>
          {lead && <div className="mt-1 text-sm text-soft">{lead}</div>}
          <div className="mt-5">{children}</div>
        </div>
      </div>
    </main>
  );
}
