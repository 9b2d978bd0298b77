import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Journal() {
  return (
    <Page title="Journal">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
