import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Settings() {
  return (
    <Page title="Settings">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
