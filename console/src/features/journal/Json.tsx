import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "@/ui";

const TOKEN = /("(?:\\.|[^"\\])*")(\s*:)?|\b(true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** A value as JSON, easy to read: keys, texts, numbers told apart; with a button that copies it. */
export function Json({ value }: { value: unknown }) {
  const [copied, setCopied] = useState(false);
  const text = JSON.stringify(value, null, 2);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <div className="relative">
      <Button
        size="sm"
        kind="ghost"
        icon={copied ? Check : Copy}
        className="absolute top-1.5 right-1.5"
        onClick={() => void copy().catch(() => setCopied(false))}
      >
        {copied ? "Copied" : "Copy"}
      </Button>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys
        tabIndex={0}
        className="max-h-96 overflow-auto rounded-md border border-line bg-ground p-3 pr-20 font-mono text-2xs leading-5 whitespace-pre-wrap [overflow-wrap:anywhere]"
      >
        {coloured(text)}
      </pre>
    </div>
  );
}

function coloured(text: string): React.ReactNode[] {
  const found: React.ReactNode[] = [];
  let from = 0;
  for (const token of text.matchAll(TOKEN)) {
    const [whole, quoted, colon, word] = token;
    found.push(text.slice(from, token.index));
    const colour = quoted ? (colon ? "text-soft" : "text-lime") : word ? "text-violet" : "text-info";
    found.push(
      <span key={token.index} className={colour}>
        {quoted ?? whole}
      </span>,
      colon ?? "",
    );
    from = token.index + whole.length;
  }
  found.push(text.slice(from));
  return found;
}
