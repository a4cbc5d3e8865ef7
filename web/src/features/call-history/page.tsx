// The list of calls. A call that begins or ends appears by itself.

import { AudioLines, History } from "lucide-react";
import { type Call, calls, extensions, phoneNumbers, ringGroups } from "@/api/catalogue";
import { useCallsRefresh } from "@/api/live";
import { useAll } from "@/api/resources";
import { phone, stopwatch } from "@/format";
import { Party, useOwnNames } from "@/views/calls/party";
import { CALL_STATES, DirectionIcon, DIRECTIONS, StateBadge } from "@/views/calls/state";
import type { Column } from "@/views/list/columns";
import { asInstants } from "@/views/list/days";
import { RecordList } from "@/views/list/record-list";
import { useZone, When } from "@/views/when";
import { useWords } from "@/words";

/** While calls pour in, the list is asked again at most this often. */
const FRESH_MS = 3_000;

export function CallHistoryPage() {
  const { t } = useWords("call-history");
  const nameOf = useOwnNames();
  const zone = useZone();
  useCallsRefresh([calls.model, "list"], FRESH_MS);
  const numbers = useAll(phoneNumbers);
  const groups = useAll(ringGroups);
  const people = useAll(extensions);
  const columns: Column<Call>[] = [
    {
      name: "from_number", title: t("from"), sort: "from_number",
      cell: (call) => <span className="inline-flex max-w-full items-center gap-2.5"><DirectionIcon direction={call.direction} state={call.status} /><Party number={call.from_number} name={nameOf(call.from_number) ?? call.from_name} stacked className="min-w-0 whitespace-nowrap" /></span>,
    },
    { name: "to_number", title: t("to"), sort: "to_number", width: "minmax(10rem,1.2fr)", cell: (call) => <Party number={call.to_number} name={call.did_number?.name ?? nameOf(call.to_number)} stacked className="whitespace-nowrap" /> },
    { name: "status", title: t("status"), sort: "status", width: "minmax(9rem,1fr)", cell: (call) => <StateBadge state={call.status} /> },
    { name: "initiated_at", title: t("when"), sort: "initiated_at", width: "minmax(11.5rem,1fr)", cell: (call) => <When at={call.initiated_at} stacked /> },
    { name: "answered_by", title: t("answered_by"), cell: (call) => call.extension?.name ?? call.answered_by ?? call.ring_group?.name ?? <span className="text-muted">–</span> },
    { name: "duration", title: t("duration"), sort: "duration", align: "right", cell: (call) => (call.duration === null ? <span className="text-muted">–</span> : stopwatch(call.duration)) },
    { name: "recording", title: t("recording"), cell: (call) => (call.recording === "ready" ? <AudioLines role="img" aria-label={t("recorded")} className="size-4 text-accent-text" /> : <span className="text-muted">{call.recording ? t(`recording_states.${call.recording}`) : "–"}</span>) },
    { name: "wait", title: t("wait"), extra: true, align: "right", cell: (call) => (call.wait === null ? "–" : stopwatch(call.wait)) },
    { name: "ring_group", title: t("kinds.ring_group", { ns: "app" }), extra: true, cell: (call) => call.ring_group?.name ?? "–" },
    { name: "direction", title: t("direction"), extra: true, sort: "direction", cell: (call) => t(`calls.directions.${call.direction}`, { ns: "app" }) },
  ];
  return (
    <RecordList
      resource={calls}
      title={t("title")}
      description={t("about")}
      columns={columns}
      usual={{ sort: "initiated_at", order: "desc" }}
      asked={(params) => asInstants(params, zone, "within")}
      filters={[
        { name: "from_date", until: "to_date", label: t("dates"), kind: "days" },
        { name: "status", label: t("status"), kind: "choice", several: true, options: CALL_STATES.map((value) => ({ value, label: t(`calls.states.${value}`, { ns: "app" }) })) },
        { name: "direction", label: t("direction"), kind: "choice", several: true, options: DIRECTIONS.map((value) => ({ value, label: t(`calls.directions.${value}`, { ns: "app" }) })) },
        { name: "number", label: t("number"), kind: "choice", options: (numbers.data ?? []).map((one) => ({ value: one.phone_number, label: [one.friendly_name, phone(one.phone_number)].filter(Boolean).join(" · ") })) },
        { name: "ring_group", label: t("kinds.ring_group", { ns: "app" }), kind: "choice", options: (groups.data ?? []).map(({ name }) => ({ value: name, label: name })) },
        { name: "answered_by", label: t("answered_by"), kind: "choice", options: (people.data ?? []).map((one) => ({ value: one.extension_number, label: extensions.title(one) })) },
        { name: "from_number", label: t("from"), placeholder: t("from_part"), kind: "text" },
        { name: "to_number", label: t("to"), placeholder: t("to_part"), kind: "text" },
      ]}
      pathOf={(call) => `/call-history/${call.id}`}
      exportUrl={(params) => `/api/v1/call-logs/export?${params}`}
      long
      empty={{ icon: <History aria-hidden />, title: t("empty"), more: t("empty_more") }}
    />
  );
}
