// One call: what is known of it, its course, its sound, and why it went where it did.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { PhoneOff, SearchX } from "lucide-react";
import { useCallback } from "react";
import { calls } from "@/api/catalogue";
import { answered } from "@/api/client";
import { useLiveEvents } from "@/api/live";
import { Refused, sentenceOf } from "@/api/resources";
import { client } from "@/api/session";
import { phone } from "@/format";
import { Button } from "@/ui/button";
import { Empty, Note, Panel, Skeleton } from "@/ui/panel";
import { CallActions } from "@/views/calls/act";
import { useOwnNames } from "@/views/calls/party";
import { StateBadge } from "@/views/calls/state";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { Facts } from "./facts";
import { Legs } from "./legs";
import { DetailRecords } from "./raw";
import { Recordings } from "./recordings";
import { Why } from "./why";

export function CallPage() {
  const { t } = useWords("call-history");
  const id = Number((useParams({ strict: false }) as { id?: string }).id);
  const call = useCall(id);
  const nameOf = useOwnNames();
  const back = { to: "/call-history", label: t("title") };
  if (call.isError) {
    const isAbsent = call.error instanceof Refused && call.error.status === 404;
    return (
      <>
        <PageHead title={t("call")} back={back} />
        {isAbsent ? (
          <Panel><Empty icon={<SearchX aria-hidden />} title={t("absent")} actions={<Button asChild><Link to="/call-history">{t("title")}</Link></Button>}>{t("absent_more")}</Empty></Panel>
        ) : (
          <Note tone="bad" actions={<Button size="small" onClick={() => void call.refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(call.error, t("failed.network", { ns: "app" }))}</Note>
        )}
      </>
    );
  }
  if (!call.data) return <Waiting back={back} />;
  const { data } = call;
  const named = (number: string | null, name?: string | null) => name ?? nameOf(number) ?? (number ? phone(number) : t("calls.unknown", { ns: "app" }));
  const title = t("calls.call_of", { ns: "app", from: named(data.from_number, data.from_name), to: named(data.to_number, data.did_number?.name) });
  return (
    <>
      <PageHead title={title} back={back} badge={<StateBadge state={data.status} />} actions={data.ended_at === null && <CallActions call={data} title={title} />} />
      {data.end_reason && data.end_reason !== "completed" && (
        <p className="-mt-2 mb-5 flex items-center gap-2 text-muted"><PhoneOff className="size-4" aria-hidden />{t(`calls.endings.${data.end_reason}`, { ns: "app", defaultValue: data.end_reason })}</p>
      )}
      <div className="grid grid-cols-1 items-start gap-5 xl:grid-cols-[minmax(0,1fr)_22rem] 2xl:grid-cols-[minmax(0,1fr)_30rem]">
        <div className="min-w-0 space-y-5">
          <Recordings call={data} />
          <Legs call={data} />
          <Why call={data} />
        </div>
        <div className="min-w-0 space-y-5">
          <Facts call={data} />
          <DetailRecords call={data} />
        </div>
      </div>
    </>
  );
}

/** A call is asked again when something is heard of it. */
function useCall(id: number) {
  const queries = useQueryClient();
  useLiveEvents(
    useCallback(
      (event: string, data: Record<string, unknown>) => {
        const isThis = (event.startsWith("call.") && data["id"] === id) || (event === "recording.ready" && data["call"] === id);
        if (isThis) void queries.invalidateQueries({ queryKey: [calls.model, "whole", id] });
      },
      [queries, id],
    ),
  );
  return useQuery({
    queryKey: [calls.model, "whole", id],
    queryFn: async ({ signal }) => (await answered(client.GET("/api/v1/calls/{id}", { params: { path: { id } }, signal }))).data,
    retry: (failures, error) => !(error instanceof Refused) && failures < 2,
  });
}

function Waiting({ back }: { back: { to: string; label: string } }) {
  const { t } = useWords("call-history");
  return (
    <>
      <PageHead title={t("call")} back={back} />
      <div className="grid grid-cols-1 gap-5 xl:grid-cols-[minmax(0,1fr)_22rem]" role="status" aria-label={t("loading", { ns: "app" })}>
        <Panel><Skeleton className="mb-4 h-5 w-40" /><Skeleton className="h-40" /></Panel>
        <Panel><Skeleton className="mb-4 h-5 w-24" /><Skeleton className="h-40" /></Panel>
      </div>
    </>
  );
}
