import { Copy, Dices, UserPlus, Users } from "lucide-react";
import { type FormEvent, useMemo, useState } from "react";
import { del, post, useApi } from "@/lib/api";
import { stamp } from "@/lib/format";
import { useSession } from "@/lib/session";
import type { NewUser, UserRow } from "@/lib/types";
import {
  Badge,
  Button,
  Card,
  type Column,
  Confirm,
  DataTable,
  Empty,
  ErrorState,
  Input,
  Skeleton,
  SlideOver,
  toast,
} from "@/ui";
import { told } from "./account";
import { LEAST, madePassword, SCOPE_TEXT, SCOPES, type ScopeName, userNameProblem } from "./words";

/** Who may sign in, and what each may do. */
export function UsersCard() {
  const { session } = useSession();
  const users = useApi<readonly UserRow[]>("/v1/users", { keep: true });
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const me = session?.name ?? "";
  const columns = useMemo(() => columnsFor(me, setRemoving), [me]);
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      await del(`/v1/users/${encodeURIComponent(removing)}`);
      toast.good(`${removing} was removed`, "Every session of that user has ended.");
      setRemoving("");
      await users.refetch();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Card
      title="Users"
      age={{ at: users.dataUpdatedAt }}
      actions={
        <Button size="sm" icon={UserPlus} disabled={users.data === undefined} onClick={() => setAdding(true)}>
          Add a user
        </Button>
      }
      flush
    >
      {users.data === undefined ? (
        users.isError ? (
          <ErrorState error={users.error} onRetry={() => void users.refetch()} />
        ) : (
          <Skeleton lines={4} />
        )
      ) : (
        <DataTable
          label="Users"
          rows={users.data}
          columns={columns}
          rowKey={(row) => row.name}
          initialSort={{ id: "name" }}
          empty={<Empty icon={Users} title="No user" />}
        />
      )}
      <SlideOver
        open={adding}
        title="Add a user"
        subtitle="It signs in with the password that you hand on."
        onClose={() => setAdding(false)}
      >
        <AddUser
          taken={(users.data ?? []).map((one) => one.name)}
          onDone={() => {
            setAdding(false);
            void users.refetch();
          }}
        />
      </SlideOver>
      <Confirm
        open={removing !== ""}
        title={`Remove ${removing}`}
        action="Remove"
        danger
        busy={busy}
        error={told(error)}
        onConfirm={() => void remove()}
        onClose={() => {
          setRemoving("");
          setError(null);
        }}
      >
        {removing} is signed out everywhere at once, and cannot sign in any more. What it did stays in the
        audit log.
      </Confirm>
    </Card>
  );
}

function columnsFor(me: string, onRemove: (name: string) => void): Column<UserRow>[] {
  return [
    {
      id: "name",
      head: "Name",
      cell: (row) => (
        <>
          {row.name} {row.name === me && <span className="text-dim">(you)</span>}
        </>
      ),
      value: (row) => row.name,
      width: 130,
      primary: true,
    },
    {
      id: "scopes",
      head: "May",
      cell: (row) => (
        <span className="inline-flex gap-1">
          {row.scopes.map((scope) => (
            <Badge key={scope} tone={scope === "admin" ? "accent" : "soft"}>
              {scope}
            </Badge>
          ))}
        </span>
      ),
      value: (row) => row.scopes.join(" "),
      width: 180,
      grow: 1.4,
    },
    {
      id: "totp",
      head: "Second factor",
      cell: (row) =>
        row.totp ? (
          <span className="text-good">set up</span>
        ) : (
          <span className={row.scopes.includes("admin") ? "text-warn" : "text-dim"}>none</span>
        ),
      value: (row) => (row.totp ? "set up" : "none"),
      width: 110,
    },
    {
      id: "last",
      head: "Last sign-in",
      cell: (row) => stamp(row.last_ms),
      value: (row) => row.last_ms || null,
      width: 160,
    },
    {
      id: "created",
      head: "Made",
      cell: (row) => stamp(row.created_ms),
      value: (row) => row.created_ms,
      width: 160,
      from: 800,
    },
    {
      id: "remove",
      head: "Change",
      cell: (row) => (
        <Button
          size="sm"
          kind="ghost"
          disabled={row.name === me}
          title={row.name === me ? "Somebody else has to remove you" : undefined}
          aria-label={`Remove ${row.name}`}
          onClick={() => onRemove(row.name)}
        >
          Remove
        </Button>
      ),
      align: "right",
      width: 96,
      grow: 0.4,
    },
  ];
}

function AddUser({ taken, onDone }: { taken: readonly string[]; onDone: () => void }) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState(() => madePassword());
  const [scopes, setScopes] = useState<readonly ScopeName[]>(["read"]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const wrong = userNameProblem(name, taken);
  const short = password.length < LEAST;
  const ready = name.trim() !== "" && wrong === "" && !short;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!ready) return;
    setBusy(true);
    setError(null);
    try {
      const made = await post<UserRow>("/v1/users", {
        name: name.trim(),
        password,
        scopes,
      } satisfies NewUser);
      toast.good(`${made.name} was added`);
      onDone();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const toggle = (scope: ScopeName) =>
    setScopes(SCOPES.filter((one) => (one === scope ? !scopes.includes(one) : scopes.includes(one))));
  return (
    <form onSubmit={submit} className="flex flex-col gap-5 p-4">
      <Input
        label="Name"
        value={name}
        autoFocus
        error={wrong}
        hint="As anna, or anna@desk"
        onChange={(event) => setName(event.target.value)}
      />
      <div className="flex items-end gap-2">
        <Input
          label="Password"
          value={password}
          error={short ? `${LEAST - password.length} more characters` : undefined}
          className="flex-1"
          onChange={(event) => setPassword(event.target.value)}
        />
        <Button
          icon={Dices}
          className="h-9!"
          aria-label="Make another password"
          title="Another"
          onClick={() => setPassword(madePassword())}
        />
        <Button
          icon={Copy}
          className="h-9!"
          aria-label="Copy the password"
          title="Copy"
          onClick={() => void navigator.clipboard.writeText(password).then(() => toast.good("Copied"))}
        />
      </div>
      <p className="-mt-3 text-xs text-dim">It is shown here only; have it changed at the first sign-in.</p>
      <fieldset>
        <legend className="mb-2 text-xs text-soft">May</legend>
        <div className="flex flex-col gap-2">
          {SCOPES.map((scope) => (
            <label
              key={scope}
              className="flex cursor-pointer items-start gap-2.5 rounded-md border border-line p-2.5 hover:border-edge"
            >
              <input
                type="checkbox"
                checked={scope === "read" || scopes.includes(scope)}
                disabled={scope === "read"}
                onChange={() => toggle(scope)}
                className="mt-0.5 accent-lime"
              />
              <span>
                <span className="block text-sm font-medium">{scope}</span>
                <span className="block text-xs text-soft">{SCOPE_TEXT[scope]}</span>
              </span>
            </label>
          ))}
        </div>
      </fieldset>
      <p role="alert" className="min-h-5 text-sm text-bad">
        {told(error)}
      </p>
      <div className="flex justify-end">
        <Button type="submit" kind="primary" busy={busy} disabled={!ready}>
          Add
        </Button>
      </div>
    </form>
  );
}
