// One entry of the audit log: what a record held before and after, and what else was done to it.

import { Link, useParams } from "@tanstack/react-router";
import { ArrowUpRight } from "lucide-react";
import { auditLog } from "@/api/catalogue";
import { sentenceOf, useRecord } from "@/api/resources";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Note, Panel, Skeleton } from "@/ui/panel";
import { Value } from "@/views/form/value";
import { PageHead } from "@/views/page-head";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { DEED_TONES } from "./audit-log";
import { Facts } from "./facts";
import { SettingsFrame } from "./frame";
import { modelKey, pathOfRecord } from "./models";

export function AuditEntryPage() {
  const { t } = useWords("settings");
  const { id } = useParams({ strict: false }) as { id: string };
  const record = useRecord(auditLog, Number(id));
  const entry = record.data?.view;
  const path = entry && entry.deed !== "delete" ? pathOfRecord(entry.model, entry.record_id) : undefined;
  return (
    <SettingsFrame isInner>
      <PageHead
        title={entry ? auditLog.title(entry) : "…"}
        back={{ to: "/settings/audit-log", label: t("places.audit-log") }}
        badge={entry && <Badge tone={DEED_TONES[entry.deed]}>{t(`history.${entry.deed}`, { ns: "app" })}</Badge>}
        actions={
          entry && (
            <>
              <Button asChild><Link to="/settings/audit-log" search={{ model: entry.model, search: entry.record_name ?? undefined } as never}>{t("audit.others")}</Link></Button>
              {path && <Button asChild look="primary"><Link to={path}>{t("audit.open")}<ArrowUpRight aria-hidden /></Link></Button>}
            </>
          )
        }
      />
      {record.isPending && <Skeleton className="h-64 rounded-2xl" />}
      {record.isError && <Note tone="bad">{sentenceOf(record.error, t("failed.network", { ns: "app" }))}</Note>}
      {entry && (
        <div className="space-y-5">
          <Panel>
            <Facts
              facts={[
                { name: t("audit.actor"), value: entry.actor },
                { name: t("audit.at"), value: <When at={entry.at} /> },
                { name: t("audit.model"), value: t(modelKey(entry.model), entry.model) },
                entry.reason && { name: t("audit.reason"), value: entry.reason },
                entry.request_id && { name: t("audit.request"), value: <code className="text-[13px]">{entry.request_id}</code> },
              ]}
            />
          </Panel>
          <Panel title={t("audit.changes")} flush>
            <ChangeTable changes={entry.changes} />
          </Panel>
        </div>
      )}
    </SettingsFrame>
  );
}

function ChangeTable({ changes }: { changes: unknown }) {
  const { t } = useWords("settings");
  const words = { fieldName: (name: string) => t(`fields.${name}`, name) };
  const rows = Object.entries((changes as Record<string, unknown> | null) ?? {});
  if (rows.length === 0) return <p className="px-5 pb-5 text-muted">{t("audit.unchanged")}</p>;
  return (
    <table className="w-full table-fixed text-left" aria-label={t("audit.changes")}>
      <thead className="text-[13px] text-muted">
        <tr className="border-b">
          {["field", "before", "after"].map((name) => <th key={name} scope="col" className="px-3 py-2 font-medium first:w-1/4 first:pl-5">{t(`audit.${name}`)}</th>)}
        </tr>
      </thead>
      <tbody>
        {rows.map(([name, change]) => {
          const [before, after] = Array.isArray(change) ? change : [undefined, change];
          return (
            <tr key={name} className="border-b align-top last:border-0">
              <th scope="row" className="py-2.5 pr-3 pl-5 font-medium break-words">{words.fieldName(name)}</th>
              <td className="px-3 py-2.5 break-words text-muted"><Value name={name} value={before} words={words} /></td>
              <td className="px-3 py-2.5 break-words"><Value name={name} value={after} words={words} /></td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
