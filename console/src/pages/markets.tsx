import { BasisCard } from "@/features/markets/basis";
import { InstrumentsCard } from "@/features/markets/instruments";
import { LadderCard } from "@/features/markets/ladder";
import { PairsCard } from "@/features/markets/pairs";
import { useTable } from "@/lib/live";
import { setParams, useRoute } from "@/lib/router";
import { Button, Page } from "@/ui";

/** Pairs and their basis, the books of their legs, and every instrument. Pair and instrument stand in the address. */
export default function Markets() {
  const { params } = useRoute();
  const pairs = useTable("markets", "pairs");
  const name = params.get("pair") ?? pairs.keys().next().value ?? "";
  const pair = pairs.get(name);
  const instrument = params.get("instrument") ?? "";
  const books = instrument ? [instrument] : [pair?.spot ?? "", pair?.perp ?? ""];
  return (
    <Page
      title="Markets"
      aside={
        instrument && (
          <Button size="sm" onClick={() => setParams({ instrument: null })}>
            Both legs of {name}
          </Button>
        )
      }
    >
      <PairsCard pair={name} />
      <div className="grid grid-cols-1 gap-3 sm:grid-cols-2 xl:grid-cols-[minmax(0,1fr)_240px_240px]">
        <div className="min-w-0 sm:col-span-2 xl:col-span-1">
          <BasisCard pair={name} />
        </div>
        {books.map((book, index) => (
          <LadderCard key={index} instrument={book} />
        ))}
      </div>
      <InstrumentsCard shown={instrument} />
    </Page>
  );
}
