/**
 * Documents of the gateway. Every call is signed with the access token; when that has expired it is renewed once,
 * silently, and the call made again. `useApi` is the way for pages: it caches, retries and tells how old an answer is.
 */
import { keepPreviousData, type UseQueryResult, useQuery } from "@tanstack/react-query";
import { ApiError, type Ask, address, answered, type Query, raw } from "./http";
import { refresh, sessionState } from "./session";

export { ApiError, type Query } from "./http";

async function signed<T>(ask: (token: string | undefined) => Promise<T>): Promise<T> {
  const token = sessionState().session?.access;
  try {
    return await ask(token);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    const now = sessionState().session?.access;
    const renewed = now && now !== token ? now : (await refresh()).access;
    return ask(renewed);
  }
}

export function call<T>(path: string, ask: Ask = {}): Promise<T> {
  return signed((token) => raw<T>(path, { ...ask, token }));
}

export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return call<T>(path, { query, signal });
}

export function post<T>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<T> {
  return call<T>(path, { method: "POST", body, signal });
}

export function del<T>(path: string, signal?: AbortSignal): Promise<T> {
  return call<T>(path, { method: "DELETE", signal });
}

/** Fetches a file (CSV) with the token and hands it to the browser to save. */
export async function download(path: string, query: Query, name: string): Promise<void> {
  const answer = await signed((token) => answered(path, { query, token, headers: { Accept: "*/*" } }));
  save(await answer.blob(), name);
}

export function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export interface ApiStyle {
  query?: Query;
  /** Ask again every so many ms while the page is seen; never unless told. */
  every?: number;
  /** False: do not ask (yet). */
  when?: boolean;
  /** Keep showing the last answer while one for another query is on its way. */
  keep?: boolean;
}

/** A document that is asked for. `dataUpdatedAt` of the result is when it came (for `age` of a Card). */
export function useApi<T>(path: string, style: ApiStyle = {}): UseQueryResult<T, ApiError> {
  const { query, every, when = true, keep = false } = style;
  return useQuery<T, ApiError>({
    queryKey: [address(path, query)],
    queryFn: ({ signal }) => get<T>(path, query, signal),
    enabled: when,
    refetchInterval: every ?? false,
    placeholderData: keep ? keepPreviousData : undefined,
  });
}
