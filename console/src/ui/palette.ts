/** The theme's colours for what is painted on a canvas. */
export const COLOURS = {
  ground: "#0a0e13",
  panel: "#10151c",
  raised: "#181f29",
  line: "#1e2732",
  edge: "#334051",
  text: "#e5eaf1",
  soft: "#b3bfce",
  dim: "#8996a8",
  lime: "#a3e635",
  good: "#3ddc97",
  bad: "#ff7d86",
  warn: "#f7b955",
  info: "#74b3ff",
  violet: "#b79cff",
} as const;

/** Series in this order: told apart by lightness too, not by hue alone. */
export const SERIES = [
  COLOURS.lime,
  COLOURS.info,
  COLOURS.warn,
  COLOURS.violet,
  COLOURS.good,
  COLOURS.soft,
] as const;

export const FONT = 'Inter, "Segoe UI", Roboto, "Helvetica Neue", system-ui, sans-serif';
