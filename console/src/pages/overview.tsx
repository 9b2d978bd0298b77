import { AlertsCard } from "@/features/overview/alerts";
import { StrategiesCard, VenuesCard } from "@/features/overview/desk";
import { HoldingsCard } from "@/features/overview/holdings";
import { NavCard } from "@/features/overview/nav";
import { SourcesCard } from "@/features/overview/sources";
import { Strip } from "@/features/overview/strip";
import { Page } from "@/ui";

/** All at once: worth, where it came from, what is held, what is wrong, who trades and where. */
export default function Overview() {
  return (
    <Page title="Overview">
      <Strip />
      <div className="grid grid-cols-1 gap-3 lg:grid-cols-[minmax(0,2fr)_minmax(300px,1fr)]">
        <div className="flex min-w-0 flex-col gap-3">
          <NavCard />
          <HoldingsCard />
          <StrategiesCard />
          <VenuesCard />
        </div>
        <div className="flex min-w-0 flex-col gap-3">
          <SourcesCard />
          <AlertsCard />
        </div>
      </div>
    </Page>
  );
}
