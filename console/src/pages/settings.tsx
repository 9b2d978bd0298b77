import { LockKeyhole } from "lucide-react";
import type { ReactNode } from "react";
import { About } from "@/features/settings/about";
import { Account } from "@/features/settings/account";
import { Audit } from "@/features/settings/audit";
import { Connect } from "@/features/settings/connect";
import { Display } from "@/features/settings/display";
import { UsersCard } from "@/features/settings/users";
import { setParams, useRoute } from "@/lib/router";
import { useScope, useSession } from "@/lib/session";
import { Button, Card, Empty, Page, Tabs } from "@/ui";

const TABS = ["account", "display", "users", "audit", "connect", "about"] as const;
type Tab = (typeof TABS)[number];

const NAMES: Record<Tab, string> = {
  account: "Account",
  display: "Display",
  users: "Users",
  audit: "Audit log",
  connect: "Connect",
  about: "About",
};

export default function SettingsPage() {
  const { params } = useRoute();
  const asked = params.get("tab") as Tab | null;
  const tab = asked && TABS.includes(asked) ? asked : "account";
  return (
    <Page title="Settings">
      <Tabs
        label="Settings"
        value={tab}
        onChange={(value) => setParams({ tab: value })}
        tabs={TABS.map((value) => ({
          value,
          label: NAMES[value],
          content: tab === value && <div className="pt-3">{contentOf(value)}</div>,
        }))}
      />
    </Page>
  );
}

function contentOf(tab: Tab): ReactNode {
  switch (tab) {
    case "account":
      return <Account />;
    case "display":
      return <Display />;
    case "users":
      return (
        <ForAdmin what="Users are seen and changed">
          <UsersCard />
        </ForAdmin>
      );
    case "audit":
      return (
        <ForAdmin what="The audit log is seen">
          <Audit />
        </ForAdmin>
      );
    case "connect":
      return <Connect />;
    default:
      return <About />;
  }
}

/** What needs the scope admin; who has it without a second factor is told how to get there. */
function ForAdmin({ what, children }: { what: string; children: ReactNode }) {
  const { session } = useSession();
  const held = session?.needs_totp ?? false;
  if (useScope("admin")) return children;
  return (
    <Card>
      <Empty icon={LockKeyhole} title={held ? "A second factor is needed" : "This needs the scope admin"}>
        <p>
          {what}{" "}
          {held ? "once a second factor is set up, or a code was given at sign-in." : "by an admin only."}
        </p>
        {held && (
          <Button className="mt-3" onClick={() => setParams({ tab: "account" })}>
            To the account
          </Button>
        )}
      </Empty>
    </Card>
  );
}
