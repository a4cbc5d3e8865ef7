// A few words beside what is pointed at or focused.

import { Tooltip as Base } from "radix-ui";
import type { ReactNode } from "react";

export const TooltipProvider = Base.Provider;

export function Tooltip({ text, children }: { text: ReactNode; children: ReactNode }) {
  return (
    <Base.Root>
      <Base.Trigger asChild>{children}</Base.Trigger>
      <Base.Portal>
        <Base.Content sideOffset={6} collisionPadding={8} className="z-50 max-w-xs rounded-lg bg-ink px-2.5 py-1.5 text-xs text-page shadow-float animate-fade">
          {text}
        </Base.Content>
      </Base.Portal>
    </Base.Root>
  );
}
