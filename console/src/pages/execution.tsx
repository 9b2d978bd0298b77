import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Execution() {
  return (
    <Page title="Execution">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
