// Light or dark, by choice or as the device is.

import { Moon, Sun, SunMoon } from "lucide-react";
import { useSyncExternalStore } from "react";

export const THEMES = ["light", "dark", "system"] as const;
export type Theme = (typeof THEMES)[number];
export const THEME_ICONS = { light: Sun, dark: Moon, system: SunMoon };

/** As the script in the page's head reads it. */
const CHOICE = "opbx.theme";
const DARK = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function chosen(): Theme {
  try {
    const kept = localStorage.getItem(CHOICE);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system";
  }
}

function apply() {
  const choice = chosen();
  document.documentElement.dataset["theme"] = choice === "system" ? (DARK?.matches ? "dark" : "light") : choice;
  for (const listener of listeners) listener();
}

DARK?.addEventListener("change", apply);

export function useTheme(): [Theme, (theme: Theme) => void] {
  const theme = useSyncExternalStore((listener) => { listeners.add(listener); return () => listeners.delete(listener); }, chosen);
  const choose = (next: Theme) => {
    try {
      localStorage.setItem(CHOICE, next);
    } finally {
      apply();
    }
  };
  return [theme, choose];
}
