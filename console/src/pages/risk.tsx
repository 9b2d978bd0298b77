import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Risk() {
  return (
    <Page title="Risk">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
