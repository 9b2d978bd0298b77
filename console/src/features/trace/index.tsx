import { Construction } from "lucide-react";
import { Empty } from "@/ui";

/** The story of an order, an intent or a wish: its entries of the journal, and where its time went. */
export function TraceView({ id }: { id: string }) {
  return <Empty icon={Construction} title={`The story of ${id}`} />;
}
