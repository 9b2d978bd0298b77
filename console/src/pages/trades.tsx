import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Trades() {
  return (
    <Page title="Trades">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
