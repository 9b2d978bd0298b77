import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { ApiError } from "@/lib/http";
import { AgeDot, Confirm, ErrorState, Figure, Stat } from "@/ui";

it("a figure never gets narrower, and writes the sign that its colour means", () => {
  const { container, rerender } = render(<Figure value="-1234.5" tone="auto" />);
  const width = () => (container.querySelector("span > span") as HTMLElement).style.minWidth;
  const wide = width();
  expect(container).toHaveTextContent("−1,234.50");
  rerender(<Figure value="3" tone="auto" />);
  expect(container).toHaveTextContent("+3.00");
  expect(width()).toBe(wide);
  rerender(<Figure value="0.001" tone="auto" />);
  expect(container.querySelector("span > span")).not.toHaveClass("text-good");
});

it("a stat takes figures and nodes", () => {
  render(
    <>
      <Stat label="NAV" value="100000.126" unit="USDT" />
      <Stat label="State" value={<b>well</b>} />
    </>,
  );
  expect(screen.getByText("100,000.13")).toBeInTheDocument();
  expect(screen.getByText("well")).toBeInTheDocument();
});

it("an age says what it is without colours", () => {
  const { rerender } = render(<AgeDot of={{ ageMs: 400, level: "live" }} />);
  expect(screen.getByText("0.4s")).toBeInTheDocument();
  rerender(<AgeDot of={{ ageMs: 7_000, level: "stale" }} />);
  expect(screen.getByText("stale 7.0s")).toBeInTheDocument();
  rerender(<AgeDot of={{ ageMs: 7_000, level: "stale" }} quiet />);
  expect(screen.getByText("7.0s")).toBeInTheDocument();
  rerender(<AgeDot of={{ ageMs: null, level: "none" }} />);
  expect(screen.getByText("no data")).toBeInTheDocument();
});

it("a confirmation wants its word, by keyboard alone", async () => {
  const onConfirm = vi.fn();
  render(
    <Confirm
      open
      title="Panic"
      word="PANIC"
      action="Close all"
      danger
      withReason
      onConfirm={onConfirm}
      onClose={() => undefined}
    >
      Everything goes.
    </Confirm>,
  );
  expect(screen.getByLabelText("Type PANIC to confirm")).toHaveFocus();
  expect(screen.getByRole("button", { name: "Close all" })).toBeDisabled();
  await userEvent.keyboard("pani{Enter}");
  expect(onConfirm).not.toHaveBeenCalled();
  await userEvent.keyboard("c{Tab}a fire{Enter}");
  expect(onConfirm).toHaveBeenCalledExactlyOnceWith("a fire");
});

it("an error has its remedy and a way to try again", async () => {
  const again = vi.fn();
  render(<ErrorState error={new ApiError(404, "not_found", "no such run", "start one")} onRetry={again} />);
  expect(screen.getByRole("alert")).toHaveTextContent("no such runstart one");
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(again).toHaveBeenCalledOnce();
});
