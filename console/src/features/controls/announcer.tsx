import { useEffect, useRef } from "react";
import { time, zone } from "@/lib/format";
import { useNow } from "@/lib/live";
import { toast } from "@/ui";
import { type Asked, standingOf, wishText } from "./asked";
import { useAsked } from "./asks";

/** Says of each control, once: in force since when, or that nothing was heard of it. Draws nothing. */
export function Announcer() {
  const asked = useAsked();
  useNow(1000);
  const said = useRef(new Map<number, string>());
  useEffect(() => {
    for (const one of asked) {
      const standing = standingOf(one, Date.now());
      if (said.current.get(one.asked_ms) === standing) continue;
      said.current.set(one.asked_ms, standing);
      announce(one, standing);
    }
  });
  return null;
}

function announce(one: Asked, standing: string): void {
  const text = wishText(one.wish);
  if (standing === "in force")
    toast.good(
      `${text}: in force`,
      `Since ${time(one.in_force_ms, true)} ${zone()}, ${one.seen_ms - one.asked_ms} ms after it was asked for`,
    );
  if (standing === "silent")
    toast.bad(new Error("the run was asked, and has not said yet that it is so"), text);
}
