import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Opportunities() {
  return (
    <Page title="Opportunities">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
