import { useEffect } from "react";
import { currentEdits } from "@/features/strategies/drafts";
import { Parameters } from "@/features/strategies/parameters";
import { StrategyCards } from "@/features/strategies/strategies";
import { Page, toast } from "@/ui";

export default function StrategiesPage() {
  useEffect(() => () => remind(), []);
  return (
    <Page title="Strategies">
      <StrategyCards />
      <Parameters />
    </Page>
  );
}

/** Leaving with edits loses none of them, and says where they are. */
function remind(): void {
  const many = Object.keys(currentEdits()).length;
  if (many > 0)
    toast.info(
      `${many === 1 ? "An edit is" : `${many} edits are`} not applied`,
      "Kept on the page Strategies until you apply or discard.",
    );
}
