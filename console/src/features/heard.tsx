import type { ReactNode } from "react";
import { useHeard } from "@/lib/live";
import type { Channel } from "@/lib/protocol";
import { Skeleton } from "@/ui";

/** Holds the place of what a channel brings until its first snapshot has come. */
export function WhenHeard({
  channel,
  lines = 5,
  height,
  children,
}: {
  channel: Channel;
  lines?: number;
  height?: number;
  children: ReactNode;
}) {
  const heard = useHeard(channel);
  if (!heard) return <Skeleton lines={lines} height={height} />;
  return children;
}
