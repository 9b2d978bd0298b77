import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { TimelineView } from "@/features/execution/TimelineView";
import type { SagaRow } from "@/lib/types";

const SAGA: SagaRow = {
  id: "s",
  kind: "pair",
  strategy: "sentinel",
  subject: "BTC",
  purpose: "entry",
  state: "done",
  reason: "",
  planned: 2,
  units: 2,
  clips: 1,
  aborted: 0,
  cost: "0",
  began_ms: 1000,
  ended_ms: 3000,
  steps: [{ at_ms: 1500, step: "neutralise", note: "sell 1 lot", lots: [] }],
  orders: [
    {
      client_id: "t1",
      instrument: "x.spot.BTC",
      side: "buy",
      size: "2",
      filled: "1",
      state: "expired",
      sent_ms: 1000,
      ended_ms: 1250,
    },
    {
      client_id: "t2",
      instrument: "x.perp.BTC",
      side: "sell",
      size: "2",
      filled: "2",
      state: "filled",
      sent_ms: 1000,
      ended_ms: 3000,
    },
  ],
};

it("says every order and step in words, and opens an order", async () => {
  const opened = vi.fn();
  render(<TimelineView saga={SAGA} onOrder={opened} />);
  const order = screen.getByRole("button", {
    name: "buy 2, expired, 50% filled, sent after 0.0s, took 250 ms",
  });
  await userEvent.click(order);
  expect(opened).toHaveBeenCalledWith("t1");
  expect(
    screen.getByRole("listitem", { name: "after 0.5s: legs made equal again: sell 1 lot" }),
  ).toBeInTheDocument();
});

it("says why a transfer has no orders", () => {
  render(<TimelineView saga={{ ...SAGA, kind: "transfer", orders: [] }} />);
  expect(screen.getByText(/moves without orders/)).toBeInTheDocument();
});
