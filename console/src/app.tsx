import { Suspense } from "react";
import { useSession } from "./lib/session";
import { Shell } from "./shell/shell";
import { Skeleton, Toaster } from "./ui";

/** What is shown depends on who is there: set-up, sign-in, or the console. */
export function App() {
  const { phase } = useSession();
  return (
    <>
      {phase === "signed-in" ? (
        <Suspense fallback={<Skeleton height="100dvh" />}>
          <Shell />
        </Suspense>
      ) : (
        <Skeleton height="100dvh" />
      )}
      <Toaster />
    </>
  );
}
