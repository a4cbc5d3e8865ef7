// The list of outbound rules, and what they come to for one number.

import { PhoneOutgoing } from "lucide-react";
import { type OutboundRule, outboundRules } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { useCountries } from "@/fields/choice";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { useStatus } from "@/views/list/status";
import { useWords } from "@/words";
import { Explain } from "./explain";

export function OutboundRulesPage() {
  const { t } = useWords("outbound-rules");
  const { is } = useRole();
  const status = useStatus();
  const countries = useCountries();
  const edits = is("owner", "pbx_admin");
  const countryOf = (rule: OutboundRule) => countries.find(({ value }) => value === rule.destination_country)?.label ?? rule.destination_country_name ?? "";
  const columns: Column<OutboundRule>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (rule) => rule.name, text: (rule) => rule.name },
    { name: "country", title: t("country"), sort: "destination_country", cell: (rule) => countryOf(rule) || <span className="text-muted">{t("any")}</span>, text: countryOf },
    { name: "prefix", title: t("prefix"), sort: "destination_prefix", cell: (rule) => rule.destination_prefix ? <span className="tabular-nums">{rule.destination_prefix}…</span> : <span className="text-muted">{t("any")}</span>, text: (rule) => rule.destination_prefix },
    { name: "trunks", title: t("trunks"), cell: (rule) => rule.trunks.map((trunk) => trunk.name).join(" → ") || <span className="text-muted">{t("carrier_chooses")}</span>, text: (rule) => rule.trunks.map((trunk) => trunk.name).join(" ") },
    { name: "caller_id", title: t("caller_id"), extra: true, cell: (rule) => rule.caller_id ?? <span className="text-muted">–</span>, text: (rule) => rule.caller_id },
    { name: "sequence", title: t("sequence"), sort: "sequence", align: "right", cell: (rule) => rule.sequence, text: (rule) => rule.sequence },
    status.column<OutboundRule>(),
  ];
  return (
    <RecordList
      resource={outboundRules}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "sequence" }}
      filters={[status.filter]}
      pathOf={(rule) => `/outbound-rules/${rule.id}`}
      create={edits ? { to: "/outbound-rules/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <PhoneOutgoing aria-hidden />, title: t("empty"), more: t("empty_more") }}
    >
      <Explain />
    </RecordList>
  );
}
