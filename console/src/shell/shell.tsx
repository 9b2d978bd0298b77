import { type ComponentType, lazy, Suspense, useEffect, useMemo, useState } from "react";
import {
  Announcer,
  openControl,
  PanicDialog,
  PauseDialog,
  RearmDialog,
  useControl,
} from "@/features/controls";
import { useRow, useStream, useTable } from "@/lib/live";
import { href, setParams, useRoute } from "@/lib/router";
import { PAGES } from "@/pages";
import { Empty, Modal, Skeleton, SlideOver } from "@/ui";
import { Banner } from "./banner";
import { Fault } from "./fault";
import { useKeys } from "./keys";
import { KeysHelp } from "./keys-help";
import { Palette } from "./palette";
import { BottomBar, Rail } from "./rail";
import { TopBar } from "./top-bar";

const LAZY = new Map<string, ComponentType>(PAGES.map((page) => [page.name, lazy(page.load)]));
const TotpSetup = lazy(() => import("@/features/session/totp"));
const TraceView = lazy(() => import("@/features/trace").then((found) => ({ default: found.TraceView })));

/** The frame around every page. */
export function Shell() {
  useStream();
  const { page, params } = useRoute();
  const [palette, setPalette] = useState(false);
  const [help, setHelp] = useState(false);
  const actions = useMemo(
    () => ({
      palette: () => setPalette((open) => !open),
      help: () => setHelp(true),
      pause: () => openControl({ kind: "pause" }),
      panic: () => openControl({ kind: "panic" }),
    }),
    [],
  );
  useKeys(actions);
  useTitle(page);
  const Shown = LAZY.get(page);
  const trace = params.get("trace");
  return (
    <div className="flex h-dvh flex-col md:flex-row">
      <button
        type="button"
        onClick={() => document.getElementById("main")?.focus()}
        className="absolute left-2 top-2 z-50 -translate-y-20 rounded-md bg-lime px-3 py-1.5 text-sm text-ground focus:translate-y-0"
      >
        To the page
      </button>
      <Rail page={page} />
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        <TopBar onPalette={actions.palette} />
        <Banner />
        <main id="main" tabIndex={-1} className="min-h-0 min-w-0 flex-1 overflow-y-auto outline-none">
          <Fault key={page}>
            <Suspense fallback={<Skeleton lines={8} className="p-4" />}>
              {Shown ? (
                <Shown />
              ) : (
                <Empty title={`There is no page called ${page}`}>
                  <a className="text-lime underline" href={href("overview")}>
                    To the overview
                  </a>
                </Empty>
              )}
            </Suspense>
          </Fault>
        </main>
      </div>
      <BottomBar page={page} onPalette={actions.palette} />
      <Dialogs />
      {palette && <Palette onClose={() => setPalette(false)} />}
      {help && <KeysHelp onClose={() => setHelp(false)} />}
      <SlideOver
        open={Boolean(trace)}
        title="Story"
        subtitle={trace}
        wide
        onClose={() => setParams({ trace: null })}
      >
        <Fault key={trace}>
          <Suspense fallback={<Skeleton lines={8} className="p-4" />}>
            {trace && <TraceView id={trace} />}
          </Suspense>
        </Fault>
      </SlideOver>
    </div>
  );
}

function Dialogs() {
  const control = useControl();
  const run = useRow("status", "run", "run");
  const strategy = control?.kind === "pause" ? (control.strategy ?? "") : "";
  const halts = useTable("status", "halts");
  const close = () => openControl(null);
  // Its own pause: one of all strategies is not lifted by resuming one.
  const own = [...halts.values()].some(
    (one) => one.name.startsWith("paused") && one.covers.strategy === strategy,
  );
  const paused = strategy ? own : (run?.paused ?? false);
  return (
    <>
      {control?.kind === "pause" && <PauseDialog open strategy={strategy} paused={paused} onClose={close} />}
      {control?.kind === "totp" && (
        <Modal open title="Set up a second factor" onClose={close}>
          <Suspense fallback={<Skeleton height={340} />}>
            <TotpSetup onDone={close} />
          </Suspense>
        </Modal>
      )}
      <RearmDialog open={control?.kind === "rearm"} onClose={close} />
      <PanicDialog open={control?.kind === "panic"} onClose={close} />
      <Announcer />
    </>
  );
}

/** The tab says the page and, where something is wrong, that. */
function useTitle(page: string): void {
  const run = useRow("status", "run", "run");
  const title = PAGES.find((entry) => entry.name === page)?.title ?? page;
  const trouble = run?.latched.length
    ? "LATCHED"
    : run?.state === "halted"
      ? "HALTED"
      : run?.paused
        ? "paused"
        : "";
  useEffect(() => {
    document.title = [trouble, title, run?.strategy, "Titan"].filter(Boolean).join(" · ");
  }, [title, trouble, run?.strategy]);
}
