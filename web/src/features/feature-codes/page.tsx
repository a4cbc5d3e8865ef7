// The list of feature codes.

import { Hash } from "lucide-react";
import { type FeatureCode, featureCodes } from "@/api/catalogue";
import { useRole } from "@/api/session";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { useWords } from "@/words";
import { FEATURES } from "./values";

export function FeatureCodesPage() {
  const { t } = useWords("feature-codes");
  const { is } = useRole();
  const status = useStatus();
  const edits = is("owner", "pbx_admin");
  const columns: Column<FeatureCode>[] = [
    { name: "code", title: t("code"), sort: "code", cell: (code) => <kbd className="rounded-md border bg-sunken px-2 py-0.5 font-mono text-[13px]">{code.code}</kbd>, text: (code) => code.code },
    { name: "feature", title: t("feature"), sort: "feature", cell: (code) => <span className="block max-w-xl whitespace-normal">{t(`features.${code.feature}`)}</span>, text: (code) => code.feature },
    status.column<FeatureCode>(),
  ];
  return (
    <RecordList
      resource={featureCodes}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "code" }}
      filters={[status.filter, { name: "feature", label: t("feature"), kind: "choice", options: FEATURES.map((value) => ({ value, label: t(`features.${value}`) })) }]}
      pathOf={(code) => `/feature-codes/${code.id}`}
      create={edits ? { to: "/feature-codes/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <Hash aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}
