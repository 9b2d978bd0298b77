import { Skeleton } from "@/ui";

/** Holds the place of what is still being read there, and says how far that has come. */
export function Pending({ why, height }: { why: string; height: number }) {
  return (
    <div className="relative">
      <Skeleton height={height} />
      {why !== "" && (
        <p className="absolute inset-0 flex items-center justify-center px-4 text-center text-sm text-soft tabular-nums">
          {why.charAt(0).toUpperCase() + why.slice(1)}
        </p>
      )}
    </div>
  );
}
