import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { ApiError, isNotYet, NOT_YET_MS } from "./lib/http";
import { start } from "./lib/session";
import "./styles.css";

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 1_000,
      gcTime: 120_000,
      refetchOnWindowFocus: true,
      // What was refused is refused again; what could not be reached may be there in a moment.
      retry: (times, error) =>
        isNotYet(error) ||
        (times < 2 && !(error instanceof ApiError && error.status >= 400 && error.status < 500)),
      retryDelay: (times, error) => (isNotYet(error) ? NOT_YET_MS : Math.min(1000 * 2 ** times, 30_000)),
    },
  },
});

void start();

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
