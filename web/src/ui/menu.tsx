// Menus that open from a button, and boxes that float beside one.

import { Check } from "lucide-react";
import { DropdownMenu as Base, Popover as Float } from "radix-ui";
import type { ComponentProps, ReactNode } from "react";
import { classes } from "./classes";

const PANEL = "z-50 rounded-xl border bg-raised text-ink shadow-float animate-rise";
const ITEM =
  "flex cursor-default items-center gap-2.5 rounded-lg px-2.5 py-1.5 text-sm outline-none select-none data-disabled:opacity-50 data-highlighted:bg-sunken max-md:py-2.5 [&_svg]:size-4 [&_svg]:text-muted";

export function Menu({ trigger, align = "end", children }: { trigger: ReactNode; align?: "start" | "end"; children: ReactNode }) {
  return (
    <Base.Root>
      <Base.Trigger asChild>{trigger}</Base.Trigger>
      <Base.Portal>
        <Base.Content align={align} sideOffset={6} collisionPadding={8} className={classes(PANEL, "max-h-(--radix-dropdown-menu-content-available-height) min-w-44 overflow-y-auto p-1")}>
          {children}
        </Base.Content>
      </Base.Portal>
    </Base.Root>
  );
}

export function MenuItem({ danger, className, ...props }: ComponentProps<typeof Base.Item> & { danger?: boolean }) {
  return <Base.Item {...props} className={classes(ITEM, danger && "text-bad [&_svg]:text-bad", className)} />;
}

export function MenuChoice({ checked, onCheckedChange, children }: { checked: boolean; onCheckedChange: (checked: boolean) => void; children: ReactNode }) {
  return (
    // Several are ticked in a row, so the menu stays open.
    <Base.CheckboxItem checked={checked} onCheckedChange={onCheckedChange} onSelect={(event) => event.preventDefault()} className={ITEM}>
      <span className="size-4">{checked && <Check aria-hidden />}</span>
      {children}
    </Base.CheckboxItem>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  return <Base.Label className="px-2.5 pt-2 pb-1 text-xs font-medium text-muted">{children}</Base.Label>;
}

export function MenuLine() {
  return <Base.Separator className="my-1 h-px bg-line" />;
}

interface PopoverProps {
  trigger: ReactNode;
  open?: boolean;
  onOpenChange?: (open: boolean) => void;
  align?: "start" | "end" | "center";
  label?: string;
  className?: string;
  children: ReactNode;
}

export function Popover({ trigger, open, onOpenChange, align = "start", label, className, children }: PopoverProps) {
  return (
    <Float.Root open={open} onOpenChange={onOpenChange}>
      <Float.Trigger asChild>{trigger}</Float.Trigger>
      <Float.Portal>
        <Float.Content align={align} sideOffset={6} collisionPadding={8} aria-label={label} className={classes(PANEL, "w-80 max-w-[calc(100vw-1rem)] p-3 focus:outline-none", className)}>
          {children}
        </Float.Content>
      </Float.Portal>
    </Float.Root>
  );
}
