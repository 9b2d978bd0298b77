/** Which control's dialog is open. The shell has the dialogs; any page or the palette may open them. */
import { useSyncExternalStore } from "react";

export type Control =
  | { kind: "pause"; strategy?: string }
  | { kind: "panic" }
  | { kind: "rearm" }
  | { kind: "totp" };

let open: Control | null = null;
const watchers = new Set<() => void>();

export function openControl(control: Control | null): void {
  open = control;
  for (const watcher of watchers) watcher();
}

export function useControl(): Control | null {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => open,
  );
}
