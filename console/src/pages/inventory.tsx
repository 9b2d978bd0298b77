import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Inventory() {
  return (
    <Page title="Inventory">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
