/** One request to the gateway, and its error documents. Most callers want api.ts, which also signs and renews. */

/** What the gateway (or the way to it) said instead of an answer. `status` 0: it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy: string = "",
  ) {
    super(message);
    this.name = "ApiError";
  }
}

/** What is asked for is still being read there: it is there in a moment, and is asked for again after this. */
export const NOT_YET_MS = 400;

export function isNotYet(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === "not_yet";
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Ask {
  method?: "GET" | "POST" | "DELETE";
  body?: unknown;
  query?: Query;
  headers?: Record<string, string>;
  token?: string;
  signal?: AbortSignal;
}

export function address(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(
    ([, value]) => value !== null && value !== undefined && value !== "",
  );
  const text = new URLSearchParams(given.map(([key, value]) => [key, String(value)])).toString();
  return text ? `${path}?${text}` : path;
}

/** The answer as `T`. Raises `ApiError`; an aborted request raises the browser's AbortError. */
export async function raw<T>(path: string, ask: Ask = {}): Promise<T> {
  const answer = await answered(path, ask);
  if (answer.status === 204) return undefined as T;
  const text = await answer.text();
  return (text === "" ? undefined : exact(text)) as T;
}

/** Whole numbers that no float holds (times in ns, in bodies of the journal) are kept as they were written. */
export function exact(text: string): unknown {
  if (!/[:,[]-?\d{16,}[,\]}]/.test(text)) return JSON.parse(text);
  return JSON.parse(text, function keep(_key: string, value: unknown, context?: { source?: string }) {
    if (typeof value !== "number" || !Number.isInteger(value) || Number.isSafeInteger(value)) return value;
    const { rawJSON } = JSON as { rawJSON?: (source: string) => unknown };
    return context?.source && rawJSON ? rawJSON(context.source) : value;
  } as (key: string, value: unknown) => unknown);
}

/** The answer itself, for what is no JSON (CSV). */
export async function answered(path: string, ask: Ask = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json", ...ask.headers };
  if (ask.token) headers.Authorization = `Bearer ${ask.token}`;
  if (ask.body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(address(path, ask.query), {
      method: ask.method ?? "GET",
      headers,
      body: ask.body === undefined ? undefined : JSON.stringify(ask.body),
      credentials: "same-origin",
      cache: "no-store",
      signal: ask.signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(
      0,
      "unreachable",
      "the gateway does not answer",
      "is `titan up` (or `titan api`) running?",
    );
  }
  if (!answer.ok) throw await refusal(answer);
  return answer;
}

async function refusal(answer: Response): Promise<ApiError> {
  const text = await answer.text().catch(() => "");
  try {
    const { error } = JSON.parse(text) as { error: { code: string; message: string; remedy?: string } };
    return new ApiError(answer.status, error.code, error.message, error.remedy ?? "");
  } catch {
    return new ApiError(answer.status, `http-${answer.status}`, `the gateway answered ${answer.status}`);
  }
}
