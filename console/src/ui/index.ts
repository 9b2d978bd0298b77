/** Everything that a page is made of. */
export { AgeDot, type AgeDotProps, type AgeOf } from "./age";
export { Badge, type BadgeProps } from "./badge";
export { Button, type ButtonProps, Kbd } from "./button";
export { Chart, type ChartProps } from "./chart";
export { cx } from "./cx";
export {
  Confirm,
  type ConfirmProps,
  Modal,
  type ModalProps,
  SlideOver,
  type SlideOverProps,
} from "./dialogs";
export { Input, type InputProps, Select, type SelectProps } from "./fields";
export { Figure, type FigureProps } from "./figure";
export { Card, type CardProps, Page, type PageProps, Stat, type StatProps } from "./layout";
export { COLOURS, SERIES } from "./palette";
export { type Line, type Mark, PriceChart, type PriceChartProps } from "./price-chart";
export { Sparkline, type SparklineProps } from "./sparkline";
export { Empty, type EmptyProps, ErrorState, type ErrorStateProps, Skeleton } from "./states";
export { type Column, DataTable, type DataTableProps } from "./table";
export { Choice, type ChoiceProps, Tabs, type TabsProps } from "./tabs";
export { Toaster, toast } from "./toasts";
export { bySign, FILL, TEXT, type Tone } from "./tone";
export { useWidth } from "./use-width";
