import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Markets() {
  return (
    <Page title="Markets">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
