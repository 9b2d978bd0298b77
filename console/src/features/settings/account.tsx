import { KeyRound, LogOut, ShieldCheck, ShieldOff } from "lucide-react";
import { type FormEvent, lazy, Suspense, useState } from "react";
import { ApiError, del, post } from "@/lib/api";
import { stamp } from "@/lib/format";
import { adoptSession, signOut, useSession } from "@/lib/session";
import type { Session } from "@/lib/types";
import { Badge, Button, Card, Confirm, Input, Modal, Skeleton, toast } from "@/ui";
import { LEAST, type Passwords, passwordProblems } from "./words";

const TotpSetup = lazy(() => import("@/features/session/totp"));

/** Who is signed in, the password, the second factor. */
export function Account() {
  return (
    <div className="grid items-start gap-3 lg:grid-cols-2">
      <div className="flex min-w-0 flex-col gap-3">
        <Who />
        <SecondFactor />
      </div>
      <PasswordCard />
    </div>
  );
}

function Who() {
  const { session } = useSession();
  if (!session) return null;
  return (
    <Card
      title="Signed in"
      actions={
        <Button size="sm" icon={LogOut} onClick={() => void signOut().catch(() => undefined)}>
          Sign out
        </Button>
      }
    >
      <dl className="grid grid-cols-[auto_1fr] gap-x-6 gap-y-2 text-sm">
        <dt className="text-dim">Name</dt>
        <dd className="font-medium">{session.name}</dd>
        <dt className="text-dim">May</dt>
        <dd className="flex flex-wrap gap-1">
          {session.scopes.map((scope) => (
            <Badge key={scope} tone={scope === "admin" ? "accent" : "soft"}>
              {scope}
            </Badge>
          ))}
          {session.needs_totp && (
            <Badge tone="warn">admin is held back until a second factor is set up</Badge>
          )}
        </dd>
        <dt className="text-dim">Token until</dt>
        <dd className="text-soft tabular-nums">
          {stamp(session.expires_ms)} <span className="text-dim">renewed by itself</span>
        </dd>
      </dl>
    </Card>
  );
}

function SecondFactor() {
  const { session } = useSession();
  const [setting, setSetting] = useState(false);
  const [taking, setTaking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const on = session?.totp ?? false;
  const Icon = on ? ShieldCheck : ShieldOff;
  const take = async () => {
    setBusy(true);
    setError(null);
    try {
      await del("/v1/auth/totp");
      await signOut().catch(() => undefined);
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card title="Second factor">
      <div className="flex items-start gap-3">
        <Icon
          aria-hidden
          className={`mt-0.5 size-6 shrink-0 ${on ? "text-good" : "text-warn"}`}
          strokeWidth={1.5}
        />
        <div className="min-w-0 flex-1">
          <p className="text-sm font-medium">{on ? "A code is asked for at sign-in" : "Not set up"}</p>
          <p className="mt-0.5 text-xs text-soft">
            {on
              ? "Another device takes its place when you turn it off here and set it up again."
              : "Six digits of an authenticator app, beside the password. What admin may do needs it."}
          </p>
          <div className="mt-3">
            {on ? (
              <Button onClick={() => setTaking(true)}>Turn off</Button>
            ) : (
              <Button kind="primary" icon={KeyRound} onClick={() => setSetting(true)}>
                Set up
              </Button>
            )}
          </div>
        </div>
      </div>
      <Modal open={setting} title="Set up a second factor" onClose={() => setSetting(false)}>
        <Suspense fallback={<Skeleton height={340} />}>
          <TotpSetup onDone={() => setSetting(false)} />
        </Suspense>
      </Modal>
      <Confirm
        open={taking}
        title="Turn off the second factor"
        action="Turn off and sign out"
        danger
        busy={busy}
        error={told(error)}
        onConfirm={() => void take()}
        onClose={() => {
          setTaking(false);
          setError(null);
        }}
      >
        The password alone signs you in from then on, and what admin may do is held back. All of your sessions
        end, this one too.
      </Confirm>
    </Card>
  );
}

const NONE: Passwords = { before: "", after: "", again: "" };

function PasswordCard() {
  const { session } = useSession();
  const [given, setGiven] = useState(NONE);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const problems = passwordProblems(given, session?.name ?? "");
  const ready = Object.values(given).every(Boolean) && Object.keys(problems).length === 0;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setError(null);
    try {
      adoptSession(await post<Session>("/v1/auth/password", { before: given.before, after: given.after }));
      setGiven(NONE);
      toast.good("The password was changed", "Your other sessions have ended.");
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const field = (name: keyof Passwords, label: string, complete: string, hint?: string) => (
    <Input
      label={label}
      type="password"
      autoComplete={complete}
      value={given[name]}
      hint={hint}
      error={problems[name]}
      onChange={(event) => setGiven({ ...given, [name]: event.target.value })}
    />
  );
  return (
    <Card title="Password">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <input
          type="text"
          name="username"
          autoComplete="username"
          value={session?.name ?? ""}
          readOnly
          hidden
        />
        {field("before", "Password now", "current-password")}
        {field("after", "New password", "new-password", `${LEAST} characters or more; a sentence is best`)}
        {field("again", "New password again", "new-password")}
        <p role="alert" className="min-h-5 text-sm text-bad">
          {told(error)}
        </p>
        <div className="flex flex-wrap items-center justify-between gap-3">
          <p className="text-xs text-dim">Ends your sessions in other places.</p>
          <Button type="submit" kind="primary" busy={busy} disabled={!ready}>
            Change it
          </Button>
        </div>
      </form>
    </Card>
  );
}

export function told(error: unknown): string {
  if (error === null || error === undefined) return "";
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof ApiError && error.remedy ? `${text}: ${error.remedy}` : text;
}
