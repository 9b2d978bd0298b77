// The configuration, what a proposal would change, and applying it.
import { keepPreviousData, type UseQueryResult, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useState } from "react";
import { ApiError, post, useApi } from "@/lib/api";
import type { ConfigShape, ProposalShape } from "@/lib/types";
import { asked, type Change, type Edits, type Pending, pending } from "./changes";

const PATH = "/v1/config";
const SETTLE_MS = 350;

export function useConfig(): UseQueryResult<ConfigShape, ApiError> {
  return useApi<ConfigShape>(PATH, { every: 15_000, keep: true });
}

export interface Looked extends Pending {
  /** What the gateway says of these changes; nothing before it answered, or where none is asked. */
  told: ProposalShape | undefined;
  /** The answer is of earlier edits: another is on its way. */
  waiting: boolean;
  error: ApiError | null;
  retry: () => void;
}

/** Edits looked at: here at once, by the gateway a moment after the last key. */
export function useLooked(config: ConfigShape | undefined, edits: Edits): Looked {
  const found = useMemo(() => pending(config?.settings ?? [], edits), [config, edits]);
  const body = useMemo(
    () => JSON.stringify({ changes: asked(found.changes), version: config?.version ?? "", reason: "" }),
    [found, config],
  );
  const settled = useSettled(body, SETTLE_MS);
  const any = found.changes.length > 0;
  const answer = useQuery<ProposalShape, ApiError>({
    queryKey: ["propose", settled],
    queryFn: ({ signal }) => post<ProposalShape>(`${PATH}/propose`, JSON.parse(settled), signal),
    enabled: any && found.problems.length === 0 && settled === body,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
  return {
    ...found,
    told: any ? answer.data : undefined,
    waiting: any && (settled !== body || answer.isFetching || answer.isPlaceholderData),
    error: any ? answer.error : null,
    retry: () => void answer.refetch(),
  };
}

function useSettled<T>(value: T, wait_ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), wait_ms);
    return () => clearTimeout(timer);
  }, [value, wait_ms]);
  return settled;
}

export type Outcome =
  | { state: "applied"; told: ProposalShape; changes: readonly Change[]; at_ms: number }
  | { state: "refused"; told: ProposalShape }
  | { state: "conflict"; error: ApiError }
  | { state: "code needed"; error: ApiError }
  | { state: "failed"; error: Error };

/** Asks for the changes to be applied, and says what came of it. */
export async function apply(changes: readonly Change[], version: string, reason: string): Promise<Outcome> {
  try {
    const told = await post<ProposalShape>(`${PATH}/apply`, { changes: asked(changes), version, reason });
    return told.ok ? { state: "applied", told, changes, at_ms: Date.now() } : { state: "refused", told };
  } catch (error) {
    return outcomeOf(error);
  }
}

export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof ApiError)) return { state: "failed", error: error as Error };
  if (error.code === "totp_required") return { state: "code needed", error };
  if (error.status === 409) return { state: "conflict", error };
  return { state: "failed", error };
}

/** Reads the configuration again: after an apply, or somebody else's. */
export function useReread(): () => Promise<unknown> {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: [PATH] });
}
