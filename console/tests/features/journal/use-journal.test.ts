import { act, renderHook, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import { NOTHING, type Query } from "@/features/journal/query";
import { useJournal } from "@/features/journal/use-journal";
import type { EntryShape, JournalPage } from "@/lib/types";

const asked = vi.hoisted(() => vi.fn());
vi.mock("@/lib/api", () => ({ get: asked }));

const PATIENT = { timeout: 30_000 };
/** A journal of so many entries; each answer has at most two of them. */
let head = 5;

function page(_path: string, query: { before?: number }): Promise<JournalPage> {
  const from = query.before ? query.before - 1 : head;
  const entries = [from, from - 1].filter((seq) => seq > 0).map((seq) => ({ seq }) as EntryShape);
  const last = entries.at(-1)?.seq ?? 0;
  return Promise.resolve({ entries, before: last > 1 ? last : 0, head });
}

const seqs = (found: { entries: readonly EntryShape[] }) => found.entries.map((one) => one.seq);

beforeEach(() => {
  head = 5;
  asked.mockReset().mockImplementation(page);
});

function journal(query: Query = NOTHING, follow = true) {
  return renderHook(({ by, seq }: { by: Query; seq: number }) => useJournal(by, follow, seq), {
    initialProps: { by: query, seq: 5 },
  });
}

it("goes back page by page to the beginning", async () => {
  const { result } = journal();
  await waitFor(() => expect(seqs(result.current)).toEqual([5, 4]), PATIENT);
  act(() => result.current.older());
  await waitFor(() => expect(seqs(result.current)).toEqual([5, 4, 3, 2]), PATIENT);
  act(() => result.current.older());
  await waitFor(() => expect(seqs(result.current)).toEqual([5, 4, 3, 2, 1]), PATIENT);
  expect(result.current.before).toBe(0);
});

it("puts newer ones on top when the run has written more", async () => {
  const { result, rerender } = journal();
  await waitFor(() => expect(seqs(result.current)).toEqual([5, 4]), PATIENT);
  head = 6;
  rerender({ by: NOTHING, seq: 6 });
  await waitFor(() => expect(seqs(result.current)).toEqual([6, 5, 4]), PATIENT);
});

it("begins anew where more was written than one page has", async () => {
  const { result, rerender } = journal();
  await waitFor(() => expect(seqs(result.current)).toEqual([5, 4]), PATIENT);
  head = 50;
  rerender({ by: NOTHING, seq: 50 });
  await waitFor(() => expect(seqs(result.current)).toEqual([50, 49]), PATIENT);
  expect(result.current.before).toBe(49);
});

it("asks for what is searched, and anew when that changes", async () => {
  const { result, rerender } = journal({ ...NOTHING, what: "fill" });
  await waitFor(() => expect(seqs(result.current)).toEqual([5, 4]), PATIENT);
  expect(asked.mock.calls[0]?.[1]).toMatchObject({ what: "fill" });
  rerender({ by: { ...NOTHING, id: "t4" }, seq: 5 });
  await waitFor(() => expect(asked.mock.lastCall?.[1]).toMatchObject({ id: "t4" }), PATIENT);
});

it("tells of trouble, keeps what it has, and tries again", async () => {
  const { result } = journal();
  await waitFor(() => expect(seqs(result.current)).toEqual([5, 4]), PATIENT);
  asked.mockRejectedValueOnce(new Error("locked"));
  act(() => result.current.older());
  await waitFor(() => expect(result.current.error).toBeInstanceOf(Error), PATIENT);
  expect(seqs(result.current)).toEqual([5, 4]);
  act(() => result.current.retry());
  await waitFor(() => expect(seqs(result.current)).toEqual([5, 4, 3, 2]), PATIENT);
  expect(result.current.error).toBeNull();
});
