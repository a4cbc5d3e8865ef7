// What the app says, in the languages it speaks. Each room brings its own words, and only those of the chosen language are loaded.

import i18next, { type BackendModule } from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import app from "./en.json";

/** Each has a complete catalogue, which a test sees to. The name is the language's own for itself. */
export const LANGUAGES = [
  { code: "en", name: "English" },
  { code: "fr", name: "Français" },
] as const;
export type Language = (typeof LANGUAGES)[number]["code"];

const CHOICE = "opbx.language";
const frame = import.meta.glob<{ default: object }>("./*.json");
const rooms = import.meta.glob<{ default: object }>("../features/*/words/*.json");

const catalogues: BackendModule = {
  type: "backend",
  init() {},
  async read(language, namespace) {
    const load = namespace === "app" ? frame[`./${language}.json`] : rooms[`../features/${namespace}/words/${language}.json`];
    if (!load) throw new Error(`there are no words of ${namespace} in ${language}`);
    return (await load()).default;
  },
};

export async function startWords(): Promise<void> {
  await i18next
    .use(catalogues)
    .use(initReactI18next)
    .init({
      lng: chosen(),
      fallbackLng: "en",
      supportedLngs: LANGUAGES.map(({ code }) => code),
      ns: ["app"],
      defaultNS: "app",
      partialBundledLanguages: true,
      resources: { en: { app } },
      interpolation: { escapeValue: false },
      returnNull: false,
    });
  mark(language());
}

/** Words of a room, with those of the frame behind them. */
export function useWords(room?: string) {
  return useTranslation(room ? [room, "app"] : "app");
}

export function language(): Language {
  return (i18next.resolvedLanguage ?? "en") as Language;
}

export async function speak(code: Language): Promise<void> {
  try {
    localStorage.setItem(CHOICE, code);
  } catch {
    // A browser that keeps nothing still speaks it until the page is left.
  }
  // Marked first, so that whoever hears of the change asks the server in the new language.
  mark(code);
  await i18next.changeLanguage(code);
}

/** What was chosen on this device, else what the browser asks for. */
function chosen(): Language {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(CHOICE);
  } catch {
    // See `speak`.
  }
  const wanted = [kept, ...navigator.languages].map((code) => code?.slice(0, 2));
  return LANGUAGES.find(({ code }) => wanted.includes(code) && code === wanted.find((one) => LANGUAGES.some((known) => known.code === one)))?.code ?? "en";
}

function mark(code: Language) {
  document.documentElement.lang = code;
}

export { i18next as words };
