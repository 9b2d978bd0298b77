import type { ReactNode } from "react";
import { Skeleton } from "@/ui";

/** Holds the place of a whole page until all that it shows is there, so that nothing on it moves as parts come in. */
export function Loading({ until, children }: { until: boolean; children: ReactNode }) {
  if (until) return children;
  return (
    <>
      <Skeleton height={118} />
      <Skeleton height="70dvh" />
    </>
  );
}
