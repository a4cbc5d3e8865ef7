// What was recorded of a call, to be heard and saved by those who may.

import { useQuery } from "@tanstack/react-query";
import { answered } from "@/api/client";
import { ask, sentenceOf } from "@/api/resources";
import { client } from "@/api/session";
import { Note, Panel, Skeleton } from "@/ui/panel";
import { Player } from "@/views/player/player";
import { useWords } from "@/words";
import type { Whole } from "./legs";

export function Recordings({ call }: { call: Whole }) {
  const { t } = useWords("call-history");
  const recordings = useQuery({
    queryKey: ["pbx.call.recording", "of", call.id, call.recording],
    queryFn: async ({ signal }) => (await answered(client.GET("/api/v1/call-recordings", { params: { query: { call_id: call.id, per_page: 20 } }, signal }))).data,
    enabled: call.recording !== null,
  });
  if (call.recording === null) return null;
  return (
    <Panel title={t("recording")}>
      {recordings.isPending && <Skeleton className="h-12" />}
      {recordings.isError && <Note tone="bad">{sentenceOf(recordings.error, t("failed.network", { ns: "app" }))}</Note>}
      {recordings.data?.length === 0 && <p className="text-muted">{t("not_for_you")}</p>}
      <div className="space-y-4">
        {recordings.data?.map((one) =>
          one.state === "ready" && one.audio_url ? (
            <Player
              key={one.id}
              label={t("recording_of", { call: call.id })}
              src={one.audio_url}
              name={["pbx.call.recording", one.id]}
              length={one.duration}
              load={async (signal) => (await answered(client.GET("/api/v1/call-recordings/{id}/audio", { params: { path: { id: one.id } }, parseAs: "arrayBuffer", signal }))) as unknown as ArrayBuffer}
              address={async () => (await ask<{ download_url: string }>("get", `call-recordings/${one.id}/download`)).data.download_url}
            />
          ) : (
            <Note key={one.id} tone={one.state === "failed" ? "warn" : "accent"} title={t(`recording_states.${one.state}`)}>{one.state === "failed" ? one.error : t("recording_waits")}</Note>
          ),
        )}
      </div>
    </Panel>
  );
}
