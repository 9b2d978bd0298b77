import { X } from "lucide-react";
import { Dialog } from "radix-ui";
import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "./button";
import { cx } from "./cx";
import { Input } from "./fields";

const VEIL = "fixed inset-0 z-40 bg-black/60 motion-safe:animate-[fade-in_120ms_ease-out]";

export interface SlideOverProps {
  open: boolean;
  title: ReactNode;
  /** Under the title. */
  subtitle?: ReactNode;
  onClose: () => void;
  wide?: boolean;
  children: ReactNode;
}

/** Details beside the page, from the right; Escape closes it, and the focus goes back to where it came from. */
export function SlideOver({ open, title, subtitle, onClose, wide, children }: SlideOverProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={VEIL} />
        <Dialog.Content
          aria-describedby={undefined}
          className={cx(
            "fixed inset-y-0 right-0 z-50 flex w-full flex-col border-l border-edge bg-panel shadow-2xl outline-none",
            "motion-safe:animate-[slide-in_160ms_ease-out]",
            wide ? "sm:max-w-3xl" : "sm:max-w-xl",
          )}
        >
          <header className="flex items-start gap-3 border-b border-line px-4 py-3">
            <div className="min-w-0 flex-1">
              <Dialog.Title className="truncate text-base font-semibold">{title}</Dialog.Title>
              {subtitle && <div className="mt-0.5 text-xs text-dim">{subtitle}</div>}
            </div>
            <Dialog.Close asChild>
              <Button kind="ghost" size="sm" icon={X} aria-label="Close" />
            </Dialog.Close>
          </header>
          <div className="min-h-0 flex-1 overflow-y-auto">{children}</div>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export interface ModalProps {
  open: boolean;
  title: ReactNode;
  onClose: () => void;
  danger?: boolean;
  children: ReactNode;
}

export function Modal({ open, title, onClose, danger, children }: ModalProps) {
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className={VEIL} />
        <div className="pointer-events-none fixed inset-0 z-50 flex items-end justify-center p-3 sm:items-center">
          <Dialog.Content
            aria-describedby={undefined}
            className={cx(
              "pointer-events-auto flex max-h-[90dvh] w-full max-w-md flex-col overflow-y-auto rounded-lg border bg-panel shadow-2xl outline-none",
              "motion-safe:animate-[rise-in_140ms_ease-out]",
              danger ? "border-panic" : "border-edge",
            )}
          >
            <header className="flex items-center gap-3 border-b border-line px-4 py-3">
              <Dialog.Title className="min-w-0 flex-1 text-base font-semibold">{title}</Dialog.Title>
              <Dialog.Close asChild>
                <Button kind="ghost" size="sm" icon={X} aria-label="Close" />
              </Dialog.Close>
            </header>
            <div className="p-4">{children}</div>
          </Dialog.Content>
        </div>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

export interface ConfirmProps {
  open: boolean;
  title: string;
  /** What will happen, in full. */
  children: ReactNode;
  /** What must be typed (as PANIC); empty: a click is enough. */
  word?: string;
  action: string;
  danger?: boolean;
  /** Asks for a reason too, for the journal. */
  withReason?: boolean;
  busy?: boolean;
  error?: string;
  onConfirm: (reason: string) => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back; the word makes sure that nobody does it in passing. */
export function Confirm(props: ConfirmProps) {
  return (
    <Modal open={props.open} title={props.title} onClose={props.onClose} danger={props.danger}>
      <ConfirmForm {...props} />
    </Modal>
  );
}

function ConfirmForm({
  children,
  word = "",
  action,
  danger,
  withReason,
  busy,
  error,
  onConfirm,
  onClose,
}: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const [reason, setReason] = useState("");
  const right = typed.trim().toUpperCase() === word.toUpperCase();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (right && !busy) onConfirm(reason);
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-4">
      <div className="text-sm text-soft">{children}</div>
      {word && (
        <Input
          label={`Type ${word} to confirm`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
          autoFocus
          autoCapitalize="characters"
        />
      )}
      {withReason && (
        <Input
          label="Reason, for the journal (may be empty)"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
          autoFocus={!word}
          maxLength={200}
        />
      )}
      {error && (
        <p role="alert" className="text-sm text-bad">
          {error}
        </p>
      )}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          type="submit"
          kind={danger ? "danger" : "primary"}
          disabled={!right}
          busy={busy}
          autoFocus={!word && !withReason}
        >
          {action}
        </Button>
      </div>
    </form>
  );
}
