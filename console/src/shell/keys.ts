/** Keys that work on every page, unless something is being typed or a dialog is open. */
import { useEffect } from "react";
import { go } from "@/lib/router";
import { PAGES } from "@/pages";

export interface KeyActions {
  palette: () => void;
  help: () => void;
  pause: () => void;
  panic: () => void;
}

export const KEYS: readonly { keys: readonly string[]; what: string }[] = [
  { keys: ["Ctrl", "K"], what: "Find a page, a control, a holding or an order" },
  { keys: ["?"], what: "These keys" },
  { keys: ["/"], what: "Filter the table of this page" },
  { keys: ["p"], what: "Pause or resume" },
  { keys: ["!"], what: "Panic (asks for the word first)" },
  { keys: ["j", "k"], what: "Down and up in a table; arrows do the same" },
  { keys: ["Enter"], what: "Open the row" },
  { keys: ["Esc"], what: "Close what is open" },
];

const SECOND_MS = 1200;

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

export function useKeys(actions: KeyActions): void {
  useEffect(() => {
    let leader = 0;
    const hear = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        actions.palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      if (typing(event.target) || document.querySelector("[role=dialog]")) return;
      if (leader && event.timeStamp - leader < SECOND_MS) {
        leader = 0;
        const page = PAGES.find((one) => one.key === event.key);
        if (page) go(page.name);
        return;
      }
      leader = 0;
      if (event.key === "g") leader = event.timeStamp;
      else if (event.key === "?") actions.help();
      else if (event.key === "p") actions.pause();
      else if (event.key === "!") actions.panic();
      else if (event.key === "/") {
        const field = document.querySelector<HTMLInputElement>("main input[data-filter]");
        if (!field) return;
        field.focus();
        field.select();
      } else return;
      event.preventDefault();
    };
    window.addEventListener("keydown", hear);
    return () => window.removeEventListener("keydown", hear);
  }, [actions]);
}
