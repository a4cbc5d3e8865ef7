// What jsdom lacks of a browser, and the words in English.

import "@testing-library/jest-dom/vitest";
import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll } from "vitest";
import { startWords, words } from "@/words";

beforeAll(async () => {
  if (typeof window === "undefined") return;
  window.matchMedia ??= (query) => ({ matches: query.includes("min-width"), media: query, addEventListener() {}, removeEventListener() {} }) as unknown as MediaQueryList;
  window.ResizeObserver ??= class { observe() {} unobserve() {} disconnect() {} };
  Element.prototype.scrollIntoView ??= () => {};
  Element.prototype.hasPointerCapture ??= () => false;
  if (!words.isInitialized) await startWords();
});

afterEach(cleanup);
