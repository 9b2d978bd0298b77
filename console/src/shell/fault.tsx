import { Component, type ReactNode } from "react";
import { ErrorState } from "@/ui";

/** What a page threw, in its place; the frame, with its buttons, stays. */
export class Fault extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error): { error: Error } {
    return { error };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    // A chunk that is gone: the console was built anew meanwhile.
    const gone = /dynamically imported|Importing a module|Failed to fetch/.test(error.message);
    return (
      <ErrorState
        error={gone ? new Error("The console was updated: load it again") : error}
        onRetry={() => (gone ? window.location.reload() : this.setState({ error: null }))}
      />
    );
  }
}
