// Yes or no: a switch where it holds at once, a box where it is one of several or of a form.

import { Check, Minus } from "lucide-react";
import { Checkbox as Box, Switch as Base } from "radix-ui";
import type { ComponentProps } from "react";
import { classes } from "./classes";

export function Switch({ className, ...props }: ComponentProps<typeof Base.Root>) {
  return (
    <Base.Root
      {...props}
      className={classes(
        "inline-flex h-5.5 w-9.5 shrink-0 items-center rounded-full bg-line-strong p-0.5 transition-colors disabled:opacity-50 data-[state=checked]:bg-accent",
        className,
      )}
    >
      <Base.Thumb className="size-4.5 rounded-full bg-white shadow-sm transition-transform data-[state=checked]:translate-x-4" />
    </Base.Root>
  );
}

export function Checkbox({ className, ...props }: ComponentProps<typeof Box.Root>) {
  return (
    <Box.Root
      {...props}
      className={classes(
        "flex size-4.5 shrink-0 items-center justify-center rounded-[5px] border border-line-strong bg-surface text-accent-ink data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent",
        className,
      )}
    >
      <Box.Indicator>{props.checked === "indeterminate" ? <Minus className="size-3.5" aria-hidden /> : <Check className="size-3.5" strokeWidth={3} aria-hidden />}</Box.Indicator>
    </Box.Root>
  );
}
