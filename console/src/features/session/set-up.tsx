import { type FormEvent, useState } from "react";
import { ApiError } from "@/lib/http";
import { useRoute } from "@/lib/router";
import { setUp } from "@/lib/session";
import { Button, Input } from "@/ui";
import { Gate } from "./frame";

const LEAST = 12;

/** The first user of a gateway. The word is in the address that `titan up` printed (`#/setup?token=`). */
export default function SetUpPage() {
  const { params } = useRoute();
  const [token, setToken] = useState(params.get("token") ?? "");
  const given = params.has("token");
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const short = password !== "" && password.length < LEAST;
  const differs = again !== "" && again !== password;

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (short || password !== again) return;
    setBusy(true);
    setError(null);
    try {
      await setUp({ token: token.trim(), name: name.trim(), password });
      // The word is used up; it has no business in the address or the history.
      window.history.replaceState(null, "", "#/overview?welcome=1");
      window.dispatchEvent(new HashChangeEvent("hashchange"));
    } catch (failure) {
      setError(failure as Error);
      setBusy(false);
    }
  };

  return (
    <Gate title="Set up" lead="Make the first user. It may do everything; more are added in Settings.">
      <form onSubmit={submit} className="flex flex-col gap-4">
        {!given && (
          <Input
            label="One-time word"
            hint="It stands in the address that titan up printed when it started."
            required
            value={token}
            onChange={(e) => setToken(e.target.value)}
          />
        )}
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
          name="new-password"
          type="password"
          autoComplete="new-password"
          required
          hint={`${LEAST} characters or more; a sentence is best`}
          error={short ? `${LEAST - password.length} more characters` : undefined}
          value={password}
          onChange={(e) => setPassword(e.target.value)}
        />
        <Input
          label="Password again"
          name="repeat-password"
          type="password"
          autoComplete="new-password"
          required
          error={differs ? "This is not the same" : undefined}
          value={again}
          onChange={(e) => setAgain(e.target.value)}
        />
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
        <Button
          type="submit"
          kind="primary"
          size="lg"
          busy={busy}
          disabled={!name || short || password !== again}
        >
          Make this user
        </Button>
      </form>
    </Gate>
  );
}
