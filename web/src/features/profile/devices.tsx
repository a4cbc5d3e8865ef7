// The devices on which one is signed in, and signing them out.

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Laptop, LogOut, Smartphone, TerminalSquare } from "lucide-react";
import { useState } from "react";
import type { AnswerOf } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { Note, Panel, Skeleton } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { deviceOf } from "./device-name";

type Shown = AnswerOf<"/api/v1/auth/sessions">;
type Device = Shown["data"][number];

export const DEVICES = ["res.users.session", "own"];
const ICONS = { computer: Laptop, telephone: Smartphone, program: TerminalSquare };

export function Devices() {
  const { t } = useWords("profile");
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const devices = useQuery({ queryKey: DEVICES, queryFn: async ({ signal }) => (await ask<Shown>("get", "auth/sessions", { signal })).data.data });
  const end = useMutation({
    mutationFn: (id: number | undefined) => ask("delete", id === undefined ? "auth/sessions" : `auth/sessions/${id}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: DEVICES }),
  });
  const run = (id?: number) =>
    end.mutateAsync(id).then(
      () => tell(t(id === undefined ? "devices_ended" : "device_ended")),
      (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
    ).finally(() => setAsking(false));
  const others = devices.data?.filter((device) => !device.current) ?? [];
  return (
    <Panel title={t("devices")} description={t("devices_more")} flush actions={others.length > 0 && <Button size="small" onClick={() => setAsking(true)}><LogOut aria-hidden />{t("devices_end")}</Button>}>
      {devices.isPending && <div className="space-y-3 p-5 pt-0"><Skeleton className="h-12" /><Skeleton className="h-12" /></div>}
      {devices.isError && <div className="p-5 pt-0"><Note tone="bad">{sentenceOf(devices.error, t("failed.network", { ns: "app" }))}</Note></div>}
      <ul className="divide-y border-t">
        {[...(devices.data ?? [])].sort((a, b) => Number(b.current) - Number(a.current)).map((device) => <Row key={device.id} device={device} busy={end.isPending && end.variables === device.id} onEnd={() => void run(device.id)} />)}
      </ul>
      <Confirm open={asking} onOpenChange={setAsking} title={t("devices_end_title")} cancel={t("cancel", { ns: "app" })} confirm={t("devices_end")} danger busy={end.isPending} onConfirm={() => void run()}>
        {t("devices_end_more", { count: others.length })}
      </Confirm>
    </Panel>
  );
}

function Row({ device, busy, onEnd }: { device: Device; busy: boolean; onEnd: () => void }) {
  const { t } = useWords("profile");
  const { kind, browser, system } = deviceOf(device.device);
  const Icon = ICONS[kind];
  const name = browser && system ? t("device_on", { browser, system }) : (browser ?? system ?? t("device_unknown"));
  return (
    <li className="flex items-center gap-3.5 px-5 py-3">
      <Icon className="size-5 shrink-0 text-muted" aria-hidden />
      <div className="min-w-0 grow">
        <p className="flex flex-wrap items-center gap-2 font-medium">{name}{device.current && <Badge dot tone="good">{t("device_this")}</Badge>}</p>
        <p className="truncate text-[13px] text-muted">{device.ip_address} · {t("device_seen")} <When at={device.last_seen_at} relative /></p>
      </div>
      {!device.current && <Button size="small" busy={busy} onClick={onEnd} aria-label={t("device_end_of", { name })}>{t("device_end")}</Button>}
    </li>
  );
}
