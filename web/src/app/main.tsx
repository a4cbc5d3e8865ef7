// Where the app begins.

import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { setNonce } from "get-nonce";
import { StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { config } from "zod/v4/core";
import { Refused } from "@/api/client";
import { startWords, words } from "@/words";
import { TooltipProvider } from "@/ui/tooltip";
import { makeRouter } from "./router";
import { Starting } from "./starting";
import "./styles.css";

/** What was asked this recently is shown again without asking; changes are told by the live channel. */
const FRESH_MS = 30_000;

// Windows that lock the page's scrolling write a style of their own, which the policy of the page lets in by this word.
setNonce(document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "");

// The policy of the page lets nobody write code at run time, and the mere try is told as a fault.
config({ jitless: true });

const queries = new QueryClient({
  queryCache: new QueryCache(),
  defaultOptions: {
    queries: {
      staleTime: FRESH_MS,
      // A refusal stays one; what did not arrive is asked again.
      retry: (failures, error) => !(error instanceof Refused && error.status < 500) && failures < 2,
    },
  },
});

await startWords();
// What the server says is asked for anew in the other language.
words.on("languageChanged", () => void queries.invalidateQueries());
const root = document.getElementById("root");
if (!root) throw new Error("the page has no root");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <TooltipProvider delayDuration={350}>
        <Suspense fallback={<Starting />}>
          <RouterProvider router={makeRouter(queries)} />
        </Suspense>
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
