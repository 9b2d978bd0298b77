import { Construction } from "lucide-react";
import { Card, Empty, Page } from "@/ui";

export default function Replay() {
  return (
    <Page title="Replay">
      <Card>
        <Empty icon={Construction} title="This page is being built" />
      </Card>
    </Page>
  );
}
