import { Toaster as Sonner, toast as sonner } from "sonner";
import { ApiError } from "@/lib/http";

/** Says what became of something: `toast.good("Paused")`, `toast.bad(error)`. */
export const toast = {
  good: (text: string, detail?: string) => sonner.success(text, { description: detail }),
  info: (text: string, detail?: string) => sonner(text, { description: detail }),
  bad: (error: unknown, what?: string) => {
    const text = error instanceof Error ? error.message : String(error);
    const remedy = error instanceof ApiError ? error.remedy : "";
    sonner.error(what ? `${what}: ${text}` : text, { description: remedy || undefined, duration: 10_000 });
  },
};

export function Toaster() {
  return (
    <Sonner
      theme="dark"
      position="bottom-right"
      offset={16}
      mobileOffset={{ bottom: 72 }}
      toastOptions={{
        style: {
          background: "var(--color-raised)",
          border: "1px solid var(--color-edge)",
          color: "var(--color-text)",
          fontFamily: "var(--font-sans)",
        },
        classNames: { description: "text-soft!" },
      }}
    />
  );
}
