// What the carrier told of a call when it was over, as it told it, for those who may see it.

import { useQuery } from "@tanstack/react-query";
import { answered } from "@/api/client";
import { client } from "@/api/session";
import { stopwatch } from "@/format";
import { Panel } from "@/ui/panel";
import { When } from "@/views/when";
import { useWords } from "@/words";
import type { Whole } from "./legs";

export function DetailRecords({ call }: { call: Whole }) {
  const { t } = useWords("call-history");
  const records = useQuery({
    queryKey: ["pbx.cdr", "of", call.call_id, call.ended_at],
    queryFn: async ({ signal }) => (await answered(client.GET("/api/v1/call-detail-records", { params: { query: { call_id: call.call_id, include: "raw_cdr" } }, signal }))).data,
    enabled: call.ended_at !== null,
  });
  // Calls of which no carrier told have none; a refusal is nothing to be told of here.
  if (!records.data?.length) return null;
  return (
    <Panel title={t("records")} description={t("records_more")}>
      <ul className="space-y-4">
        {records.data.map((record) => (
          <li key={record.id}>
            <p className="flex flex-wrap gap-x-4 gap-y-1">
              <span className="font-medium">{record.disposition}</span>
              <span className="text-muted"><When at={record.session_timestamp} stacked /></span>
              <span className="text-muted tabular-nums">{t("billed", { time: stopwatch(record.billsec), whole: stopwatch(record.duration) })}</span>
            </p>
            {record.raw_cdr !== undefined && (
              <details className="mt-2">
                <summary className="cursor-pointer rounded text-[13px] text-muted hover:text-ink">{t("raw")}</summary>
                <pre tabIndex={0} className="mt-2 max-h-96 overflow-auto rounded-xl bg-sunken p-4 text-xs leading-relaxed">{JSON.stringify(record.raw_cdr, null, 2)}</pre>
              </details>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}
