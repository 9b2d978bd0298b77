import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Overview() {
  return (
    <Page title="Overview">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
