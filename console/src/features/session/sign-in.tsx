import { type FormEvent, useRef, useState } from "react";
import { ApiError } from "@/lib/http";
import { signIn, useSession } from "@/lib/session";
import { Button, Input } from "@/ui";
import { Gate } from "./frame";

/** Name and password; the code is asked for once the gateway says that this user has one. */
export default function SignInPage() {
  const { note } = useSession();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [wantsCode, setWantsCode] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | Error | null>(null);
  const codeField = useRef<HTMLInputElement>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await signIn({ name: name.trim(), password, code: code.trim() });
    } catch (failure) {
      const asked = failure instanceof ApiError && /totp|code/.test(failure.code);
      if (asked && !wantsCode) {
        setWantsCode(true);
        setTimeout(() => codeField.current?.focus(), 0);
      } else {
        setError(failure as Error);
        setCode("");
      }
    } finally {
      setBusy(false);
    }
  };

  return (
    <Gate title="Sign in" lead={note || undefined}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Input
          label="Name"
          name="username"
          autoComplete="username"
          autoFocus
          required
          value={name}
          onChange={(e) => setName(e.target.value)}
        />
        <Input
          label="Password"
          name="password"
          type="password"
          autoComplete="current-password"
          required
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
        {wantsCode && (
          <Input
            ref={codeField}
            label="Code of your authenticator"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={8}
            required
            value={code}
            onChange={(e) => setCode(e.target.value)}
          />
        )}
        <div role="alert" className="min-h-5 text-sm text-bad">
          {error && (
            <>
              {error.message}
              {error instanceof ApiError && error.remedy && (
                <span className="text-soft">: {error.remedy}</span>
              )}
            </>
          )}
        </div>
        <Button type="submit" kind="primary" size="lg" busy={busy}>
          Sign in
        </Button>
      </form>
    </Gate>
  );
}
