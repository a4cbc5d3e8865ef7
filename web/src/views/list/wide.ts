// Whether there is room for a table. Only what is seen is drawn: a list twice, once hidden, would cost twice.

import { useSyncExternalStore } from "react";

/** Tailwind's `md`. */
const WIDE = "(min-width: 48rem)";

export function useIsWide(): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = window.matchMedia(WIDE);
      media.addEventListener("change", changed);
      return () => media.removeEventListener("change", changed);
    },
    () => window.matchMedia(WIDE).matches,
  );
}
