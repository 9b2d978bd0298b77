import { Copy } from "lucide-react";
import { useSession } from "@/lib/session";
import { Button, Card, toast } from "@/ui";
import { connectSteps } from "./words";

/** How a program of one's own speaks with this gateway. */
export function Connect() {
  const { session } = useSession();
  const steps = connectSteps(window.location.origin, session?.name ?? "NAME");
  return (
    <Card title="Connect a program">
      <ol className="flex flex-col gap-6">
        {steps.map((step) => (
          <li key={step.title} className="min-w-0">
            <div className="flex items-center justify-between gap-3">
              <h3 className="text-sm font-medium">{step.title}</h3>
              <Button
                size="sm"
                kind="ghost"
                icon={Copy}
                aria-label={`Copy: ${step.title}`}
                onClick={() =>
                  void navigator.clipboard.writeText(step.lines).then(() => toast.good("Copied"))
                }
              >
                Copy
              </Button>
            </div>
            <p className="mb-2 max-w-prose text-xs text-soft">{step.text}</p>
            <pre
              // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must get there
              tabIndex={0}
              className="overflow-x-auto rounded-md border border-line bg-ground p-3 font-mono text-xs leading-5 text-soft"
            >
              {step.lines}
            </pre>
          </li>
        ))}
      </ol>
    </Card>
  );
}
