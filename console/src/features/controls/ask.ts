/** What the operator can ask of the run. Each is kept until the stream shows that it is so (see asks.ts). */
import { del, post } from "@/lib/api";
import type { ControlShape, Imposition, PanicShape } from "@/lib/types";
import { toast } from "@/ui";
import { tracked } from "./asks";

export function pause(reason: string, strategy = ""): Promise<ControlShape> {
  return tracked({ kind: "pause", strategy }, () => post("/v1/controls/pause", { reason, strategy }));
}

export function resume(reason: string, strategy = ""): Promise<ControlShape> {
  return tracked({ kind: "resume", strategy }, () => post("/v1/controls/resume", { reason, strategy }));
}

export function impose(imposition: Imposition): Promise<ControlShape> {
  return tracked({ kind: "impose", name: imposition.name }, () => post("/v1/controls/halts", imposition));
}

export function lift(name: string, reason: string): Promise<ControlShape> {
  const path = `/v1/controls/halts/${encodeURIComponent(name)}?reason=${encodeURIComponent(reason)}`;
  return tracked({ kind: "lift", name }, () => del(path));
}

export async function rearm(reason: string): Promise<ControlShape> {
  const answer = await post<ControlShape>("/v1/controls/rearm", { confirm: "REARM", reason });
  toast.good("Re-armed", answer.text);
  return answer;
}

export function panic(reason: string): Promise<PanicShape> {
  return post<PanicShape>("/v1/controls/panic", { confirm: "PANIC", reason });
}
