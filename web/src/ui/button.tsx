// Buttons, and links that look like them.

import { cva, type VariantProps } from "class-variance-authority";
import { Loader2 } from "lucide-react";
import { Slot } from "radix-ui";
import type { ComponentProps } from "react";
import { classes } from "./classes";

const styles = cva(
  "inline-flex shrink-0 items-center justify-center gap-2 rounded-lg font-medium whitespace-nowrap transition-colors select-none disabled:pointer-events-none disabled:opacity-55 [&_svg]:size-4 [&_svg]:shrink-0",
  {
    variants: {
      look: {
        primary: "bg-accent text-accent-ink shadow-xs hover:bg-accent-hover",
        plain: "border border-line bg-surface text-ink shadow-xs hover:bg-sunken",
        soft: "bg-accent-soft text-accent-text hover:bg-accent-soft/70",
        ghost: "text-muted hover:bg-sunken hover:text-ink",
        danger: "bg-bad text-page shadow-xs hover:opacity-90",
        link: "text-accent-text underline-offset-4 hover:underline",
      },
      size: {
        normal: "h-9 px-3.5 text-sm max-md:h-10",
        small: "h-8 px-2.5 text-[13px]",
        large: "h-11 px-5 text-[15px]",
        icon: "size-9 max-md:size-10",
        tiny: "size-7 [&_svg]:size-3.5",
      },
    },
    defaultVariants: { look: "plain", size: "normal" },
  },
);

export interface ButtonProps extends ComponentProps<"button">, VariantProps<typeof styles> {
  /** Gives the look to the one child instead, a link for example. */
  asChild?: boolean;
  /** Shows that something is being done, and takes no second press. */
  busy?: boolean;
}

export function Button({ look, size, asChild, busy, className, children, disabled, ...props }: ButtonProps) {
  const Tag = asChild ? Slot.Root : "button";
  const type = asChild ? {} : { type: props.type ?? ("button" as const) };
  return (
    <Tag {...props} {...type} disabled={disabled || busy} aria-busy={busy || undefined} className={classes(styles({ look, size }), className)}>
      {asChild ? (
        children
      ) : (
        <>
          {busy && <Loader2 className="animate-spin" aria-hidden />}
          {children}
        </>
      )}
    </Tag>
  );
}
