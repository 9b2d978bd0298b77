import { lazy, Suspense } from "react";
import { start, useSession } from "./lib/session";
import { ErrorState, Toaster } from "./ui";

const Shell = lazy(() => import("./shell/shell").then((found) => ({ default: found.Shell })));
const SignInPage = lazy(() => import("./features/session/sign-in"));
const SetUpPage = lazy(() => import("./features/session/set-up"));

/** What is shown depends on who is there: set-up, sign-in, or the console. */
export function App() {
  const { phase } = useSession();
  return (
    <>
      <Suspense fallback={null}>
        {phase === "signed-in" && <Shell />}
        {phase === "signed-out" && <SignInPage />}
        {phase === "setup" && <SetUpPage />}
      </Suspense>
      {phase === "unreachable" && (
        <main className="flex h-dvh items-center justify-center">
          <ErrorState
            error={new Error("The gateway does not answer. Is titan up, or titan api, running?")}
            onRetry={() => void start()}
          />
        </main>
      )}
      <Toaster />
    </>
  );
}
