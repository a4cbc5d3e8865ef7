// Windows above the page: a dialog, a question that must be answered, and a sheet from the side.

import { X } from "lucide-react";
import { AlertDialog as Alert, Dialog as Base } from "radix-ui";
import type { ReactNode } from "react";
import { Button } from "./button";
import { classes } from "./classes";

const SHADE = "fixed inset-0 z-40 bg-black/45 animate-fade backdrop-blur-[1px]";
const WINDOW =
  "fixed top-1/2 left-1/2 z-50 flex max-h-[min(92dvh,56rem)] w-[calc(100vw-1.5rem)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-2xl border bg-raised shadow-float animate-fade focus:outline-none";
const WIDTHS = { small: "max-w-md", normal: "max-w-xl", large: "max-w-4xl" };

interface DialogProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  description?: ReactNode;
  closeLabel: string;
  width?: keyof typeof WIDTHS;
  footer?: ReactNode;
  children?: ReactNode;
}

export function Dialog({ open, onOpenChange, title, description, closeLabel, width = "normal", footer, children }: DialogProps) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Overlay className={SHADE} />
        <Base.Content className={classes(WINDOW, WIDTHS[width])} {...(description === undefined && { "aria-describedby": undefined })}>
          <Head title={<Base.Title className="text-base font-semibold">{title}</Base.Title>} closeLabel={closeLabel}>
            {description !== undefined && <Base.Description className="mt-1 text-muted">{description}</Base.Description>}
          </Head>
          <div className="min-h-0 grow overflow-y-auto px-5 pb-5">{children}</div>
          {footer && <div className="flex flex-wrap justify-end gap-2 border-t px-5 py-3.5">{footer}</div>}
        </Base.Content>
      </Base.Portal>
    </Base.Root>
  );
}

export function Sheet({ open, onOpenChange, title, description, closeLabel, footer, children }: Omit<DialogProps, "width">) {
  return (
    <Base.Root open={open} onOpenChange={onOpenChange}>
      <Base.Portal>
        <Base.Overlay className={SHADE} />
        <Base.Content
          className="fixed inset-y-0 right-0 z-50 flex w-full max-w-xl flex-col border-l bg-raised shadow-float animate-fade focus:outline-none"
          {...(description === undefined && { "aria-describedby": undefined })}
        >
          <Head title={<Base.Title className="text-base font-semibold">{title}</Base.Title>} closeLabel={closeLabel}>
            {description !== undefined && <Base.Description className="mt-1 text-muted">{description}</Base.Description>}
          </Head>
          <div className="min-h-0 grow overflow-y-auto px-5 pb-5">{children}</div>
          {footer && <div className="flex flex-wrap justify-end gap-2 border-t px-5 py-3.5">{footer}</div>}
        </Base.Content>
      </Base.Portal>
    </Base.Root>
  );
}

function Head({ title, closeLabel, children }: { title: ReactNode; closeLabel: string; children?: ReactNode }) {
  return (
    <div className="flex items-start gap-3 px-5 pt-4 pb-3">
      <div className="min-w-0 grow">
        {title}
        {children}
      </div>
      <Base.Close asChild>
        <Button look="ghost" size="tiny" aria-label={closeLabel}>
          <X aria-hidden />
        </Button>
      </Base.Close>
    </div>
  );
}

interface ConfirmProps {
  open: boolean;
  onOpenChange: (open: boolean) => void;
  title: string;
  children?: ReactNode;
  cancel: string;
  confirm: string;
  onConfirm: () => void;
  danger?: boolean;
  busy?: boolean;
  disabled?: boolean;
}

/** A question about something that cannot simply be taken back. */
export function Confirm({ open, onOpenChange, title, children, cancel, confirm, onConfirm, danger, busy, disabled }: ConfirmProps) {
  return (
    <Alert.Root open={open} onOpenChange={onOpenChange}>
      <Alert.Portal>
        <Alert.Overlay className={SHADE} />
        <Alert.Content className={classes(WINDOW, WIDTHS.small, "p-5")}>
          <Alert.Title className="text-base font-semibold">{title}</Alert.Title>
          <Alert.Description asChild>
            <div className="mt-2 min-h-0 overflow-y-auto text-muted">{children}</div>
          </Alert.Description>
          <div className="mt-5 flex flex-wrap justify-end gap-2">
            <Alert.Cancel asChild>
              <Button>{cancel}</Button>
            </Alert.Cancel>
            <Button look={danger ? "danger" : "primary"} busy={busy} disabled={disabled} onClick={onConfirm}>
              {confirm}
            </Button>
          </div>
        </Alert.Content>
      </Alert.Portal>
    </Alert.Root>
  );
}
