import * as format from "@/lib/format";
import { useNow } from "@/lib/live";

/** Until the next funding: "07:32:10"; on the last minute in another colour. */
export function Countdown({ to }: { to: number }) {
  const now = useNow(1000);
  if (!to) return <span className="text-dim">{format.NONE}</span>;
  const left = Math.max(0, Math.floor((to - now) / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  return (
    <span
      className={left === 0 ? "text-dim" : left < 60 ? "text-warn" : undefined}
      title={`${format.stamp(to)} ${format.zone()}`}
    >
      {two(Math.floor(left / 3600))}:{two(Math.floor((left % 3600) / 60))}:{two(left % 60)}
    </span>
  );
}
