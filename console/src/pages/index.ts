/** The console's pages, in the order of the rail. Each is a chunk of its own: a module with a default export. */
import {
  ArrowLeftRight,
  BookOpenText,
  ChartCandlestick,
  Gauge,
  History,
  LayoutDashboard,
  type LucideIcon,
  Radar,
  Settings,
  ShieldAlert,
  SlidersHorizontal,
  Vault,
  Wallet,
} from "lucide-react";
import type { ComponentType } from "react";

export interface PageEntry {
  /** Its place in the address: `#/name`. */
  name: string;
  title: string;
  icon: LucideIcon;
  /** Typed after `g`. */
  key: string;
  load: () => Promise<{ default: ComponentType }>;
}

export const PAGES: readonly PageEntry[] = [
  { name: "overview", title: "Overview", icon: LayoutDashboard, key: "o", load: () => import("./overview") },
  { name: "markets", title: "Markets", icon: ChartCandlestick, key: "m", load: () => import("./markets") },
  {
    name: "opportunities",
    title: "Opportunities",
    icon: Radar,
    key: "u",
    load: () => import("./opportunities"),
  },
  { name: "execution", title: "Execution", icon: Gauge, key: "e", load: () => import("./execution") },
  { name: "trades", title: "Trades", icon: ArrowLeftRight, key: "t", load: () => import("./trades") },
  { name: "positions", title: "Positions", icon: Wallet, key: "p", load: () => import("./positions") },
  { name: "inventory", title: "Inventory", icon: Vault, key: "i", load: () => import("./inventory") },
  { name: "risk", title: "Risk", icon: ShieldAlert, key: "r", load: () => import("./risk") },
  {
    name: "strategies",
    title: "Strategies",
    icon: SlidersHorizontal,
    key: "s",
    load: () => import("./strategies"),
  },
  { name: "replay", title: "Replay", icon: History, key: "y", load: () => import("./replay") },
  { name: "journal", title: "Journal", icon: BookOpenText, key: "j", load: () => import("./journal") },
  { name: "settings", title: "Settings", icon: Settings, key: "x", load: () => import("./settings") },
];
