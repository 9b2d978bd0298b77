export { pause, rearm, resume } from "./ask";
export { PanicDialog, PauseDialog, RearmDialog } from "./dialogs";
export { openControl, useControl } from "./open";
