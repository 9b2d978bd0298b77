/** What the operator can ask of the run. What came of it shows in the stream; the toast says that it was heard. */
import { post } from "@/lib/api";
import type { ControlShape, PanicShape } from "@/lib/types";
import { toast } from "@/ui";

export function pause(reason: string, strategy = ""): Promise<ControlShape> {
  return told(post<ControlShape>("/v1/controls/pause", { reason, strategy }));
}

export function resume(reason: string, strategy = ""): Promise<ControlShape> {
  return told(post<ControlShape>("/v1/controls/resume", { reason, strategy }));
}

export function rearm(reason: string): Promise<ControlShape> {
  return told(post<ControlShape>("/v1/controls/rearm", { confirm: "REARM", reason }));
}

export function panic(reason: string): Promise<PanicShape> {
  return post<PanicShape>("/v1/controls/panic", { confirm: "PANIC", reason });
}

async function told(asked: Promise<ControlShape>): Promise<ControlShape> {
  const answer = await asked;
  toast.good(
    answer.text || answer.control,
    answer.state === "asked" ? "The run will say when it is in force." : undefined,
  );
  return answer;
}
