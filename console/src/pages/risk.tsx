import { ControlDesk } from "@/features/risk/desk";
import { GatesCard } from "@/features/risk/gates";
import { Guards } from "@/features/risk/guards";
import { LimitsCard } from "@/features/risk/limits";
import { PanicCard } from "@/features/risk/panic";
import { DoorsCard, HaltsCard } from "@/features/risk/standing";
import { VenuesCard } from "@/features/risk/venues";
import { Page } from "@/ui";

export default function RiskPage() {
  return (
    <Page title="Risk">
      <PanicCard />
      <div className="grid items-stretch gap-3 md:grid-cols-2 xl:grid-cols-3">
        <ControlDesk />
        <Guards />
      </div>
      <div className="grid items-start gap-3 lg:grid-cols-2">
        <HaltsCard />
        <div className="flex min-w-0 flex-col gap-3">
          <DoorsCard />
          <VenuesCard />
        </div>
      </div>
      <LimitsCard />
      <GatesCard />
    </Page>
  );
}
