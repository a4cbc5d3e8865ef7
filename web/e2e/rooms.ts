// The screens of the app as somebody sees them: what is photographed, and what is held to be usable by everybody.

import type { Page } from "@playwright/test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Carrier } from "./carrier";
import type { Json, Rest } from "./rest";

export interface Scene {
  page: Page;
  carrier: Carrier;
  rest: Rest;
}

export interface Shown {
  /** As the pictures are called. */
  name: string;
  /** As the room declares it; `$id` stands for a record. */
  path: string;
  /** Before somebody is signed in. */
  open: boolean;
  /** What is done there before it is looked at. */
  prepare?: (scene: Scene) => Promise<void>;
  /** Which of its records shows most of it, in the API's own words; without, the first. */
  pick?: string;
  /** Whether the README shows it, and in which light. */
  readme?: "light" | "dark";
}

/** What is shown of a room beside its mere address, by its path. */
const MORE: Record<string, Pick<Shown, "prepare" | "pick" | "readme">> = {
  // On a day without calls there is little to see.
  "/dashboard": { readme: "light", prepare: async ({ page }) => page.getByRole("radiogroup").first().getByText("7 days").click() },
  "/call-history/$id": { readme: "light", pick: "status=completed&number=%2B12125550100&sort_by=duration&sort_order=desc" },
  "/flow": { readme: "dark" },
};

/** Where the API has the records of a path with `$id`, where it calls them otherwise. */
const RESOURCES: Record<string, string> = {
  "/call-history": "/call-logs",
  "/numbers": "/phone-numbers",
  "/outbound-rules": "/outbound-whitelist",
  "/recordings": "/prompts",
  "/settings/webhooks": "/webhooks",
  "/settings/audit-log": "/audit-log",
  "/test-a-call/checks": "/call-checks",
  "/voicemail": "/voicemail-boxes",
};

/** What is made where the demo company has none. */
const SAMPLES: Record<string, Json> = {
  "/blocklist": { caller: "+442079460099", reason: "Calls at night" },
  "/call-checks": { name: "Sales answers", from: "+442079460018", to: "+12125550101" },
  "/webhooks": { name: "CRM", url: "https://crm.example.com/calls", events: ["call.ended"] },
};

const FEATURES = fileURLToPath(new URL("../src/features", import.meta.url));
const SCREEN = /path:\s*"([^"]+)"([^}]*)/g;

/** Every screen that a room declares. A new one is here without a line of its own. */
export const ROOMS: Shown[] = readdirSync(FEATURES)
  .toSorted()
  .flatMap((feature) => {
    const text = readFileSync(join(FEATURES, feature, "room.ts"), "utf8");
    return [...text.matchAll(SCREEN)].map(([, path = "", rest = ""]) => ({
      name: path.slice(1).replaceAll("$", "").replaceAll("/", "-"), path, open: rest.includes("bare: true"), ...MORE[path],
    }));
  });

/** The address of a screen on the data that there is; none where it shows a record and there is no such. */
export async function addressOf({ path, pick = "" }: Shown, { rest }: Scene): Promise<string | undefined> {
  if (!path.includes("$")) return path;
  const [parent = "", ...deeper] = path.split("/$");
  // What lies below a record depends on what was done with it: journeys go there.
  if (deeper.length !== 1 || deeper[0]?.includes("/")) return undefined;
  const resource = RESOURCES[parent] ?? parent;
  const { data } = await rest.get(`${resource}?per_page=1&${pick}`);
  if (data.length > 0) return `${parent}/${data[0].id}`;
  const sample = SAMPLES[resource];
  if (!sample) return undefined;
  const made = await rest.post(resource, sample);
  return `${parent}/${made.data.id}`;
}
