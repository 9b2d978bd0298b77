export { Announcer } from "./announcer";
export { impose, lift, pause, rearm, resume } from "./ask";
export { type Asked, standingOf, wishText } from "./asked";
export { forget, useAsked } from "./asks";
export { PanicDialog, PauseDialog, RearmDialog } from "./dialogs";
export { openControl, useControl } from "./open";
