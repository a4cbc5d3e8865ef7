// A button that stays one where a form is switched off: for those who may only read, and still look and listen.

import type { ComponentProps } from "react";

interface PressProps extends Omit<ComponentProps<"span">, "onClick" | "onKeyDown"> {
  onPress: () => void;
  disabled?: boolean;
}

/** `fieldset disabled` switches off every `button` within it; this is none. */
export function Press({ onPress, disabled, ...props }: PressProps) {
  return (
    <span
      {...props}
      role="button"
      tabIndex={disabled ? undefined : 0}
      aria-disabled={disabled || undefined}
      onClick={(event) => {
        // It may stand on a row that is a link.
        event.preventDefault();
        event.stopPropagation();
        if (!disabled) onPress();
      }}
      onKeyDown={(event) => {
        if (disabled || (event.key !== "Enter" && event.key !== " ")) return;
        event.preventDefault();
        onPress();
      }}
    />
  );
}
