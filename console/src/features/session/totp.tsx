import { type FormEvent, useEffect, useState } from "react";
import { encode } from "uqr";
import { post } from "@/lib/api";
import { adoptSession } from "@/lib/session";
import type { Session, TotpShape } from "@/lib/types";
import { Button, ErrorState, Input, Skeleton, toast } from "@/ui";

/** Sets up a second factor: the secret as a code to scan (drawn here, sent nowhere), then the first code from it. */
export default function TotpSetup({ onDone }: { onDone: () => void }) {
  const [secret, setSecret] = useState<TotpShape | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const [tries, setTries] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: asked again with each try
  useEffect(() => {
    const control = new AbortController();
    setFailed(null);
    post<TotpShape>("/v1/auth/totp", {}, control.signal)
      .then(setSecret)
      .catch((reason) => control.signal.aborted || setFailed(reason));
    return () => control.abort();
  }, [tries]);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError("");
    try {
      adoptSession(await post<Session>("/v1/auth/totp/confirm", { code: code.trim() }));
      toast.good("Codes are asked for from now on");
      onDone();
    } catch (reason) {
      setError(reason instanceof Error ? reason.message : String(reason));
      setCode("");
    } finally {
      setBusy(false);
    }
  };

  if (failed) return <ErrorState error={failed} onRetry={() => setTries(tries + 1)} />;
  if (!secret) return <Skeleton height={340} />;
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <p className="text-sm text-soft">Scan this with an authenticator app, or type the secret into it.</p>
      <Picture text={secret.uri} />
      <code className="select-all break-all rounded-md border border-line bg-ground px-3 py-2 text-center font-mono text-sm tracking-wider">
        {secret.secret.replace(/(.{4})(?=.)/g, "$1 ")}
      </code>
      <Input
        label="The code that it shows now"
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={6}
        required
        autoFocus
        error={error}
        value={code}
        onChange={(e) => setCode(e.target.value)}
      />
      <Button type="submit" kind="primary" size="lg" busy={busy} disabled={code.trim().length < 6}>
        Confirm
      </Button>
    </form>
  );
}

function Picture({ text }: { text: string }) {
  const { data, size } = encode(text, { border: 2 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ""))).join("");
  return (
    <svg
      viewBox={`0 0 ${size} ${size}`}
      role="img"
      aria-label="The secret as a QR code"
      shapeRendering="crispEdges"
      className="mx-auto size-48 rounded-md bg-white"
    >
      <path d={path} fill="#000" />
    </svg>
  );
}
