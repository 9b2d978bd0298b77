import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Strategies() {
  return (
    <Page title="Strategies">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
