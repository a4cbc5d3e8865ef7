// Feature codes: what telephones can do by dialling.

import { Hash } from "lucide-react";
import type { Room } from "@/app/feature";

export const room: Room = {
  name: "feature-codes",
  icon: Hash,
  roles: ["owner", "pbx_admin", "reporter", "pbx_user"],
  screens: [
    { path: "/feature-codes", load: () => import("./page").then(({ FeatureCodesPage }) => FeatureCodesPage) },
    { path: "/feature-codes/new", makes: "feature_code", load: () => import("./form").then(({ NewFeatureCodePage }) => NewFeatureCodePage) },
    { path: "/feature-codes/$id", load: () => import("./form").then(({ FeatureCodePage }) => FeatureCodePage) },
  ],
};
