import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Positions() {
  return (
    <Page title="Positions">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
