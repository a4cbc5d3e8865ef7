// What can be done with a call that goes on: end it, or send it to somebody else. Both ask first.

import { useMutation } from "@tanstack/react-query";
import { ArrowRightLeft, PhoneOff } from "lucide-react";
import { useId, useState } from "react";
import { extensions } from "@/api/catalogue";
import { ask, Refused, sentenceOf, useRecord } from "@/api/resources";
import { useMe, useRole } from "@/api/session";
import { RecordSelect } from "@/fields/record";
import { Button } from "@/ui/button";
import { Confirm, Dialog } from "@/ui/dialog";
import { Input } from "@/ui/input";
import { Note } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";

interface Acted {
  id: number;
  extension_id: number | null;
  from_extension_id?: number | null;
  from_number?: string | null;
  answered_by?: string | null;
  legs?: readonly { target: string }[];
}

/** Owners and administrators act on every call, users on those of their own telephone. */
export function useMayAct(): (call: Acted) => boolean {
  const { is } = useRole();
  const own = useMe().extension;
  return (call) => {
    if (is("owner", "pbx_admin")) return true;
    if (!is("pbx_user") || !own) return false;
    const number = own.extension_number;
    return [call.extension_id, call.from_extension_id].includes(own.id) || call.from_number === number || call.answered_by === number || (call.legs ?? []).some((leg) => leg.target === number);
  };
}

export function CallActions({ call, title }: { call: Acted; title: string }) {
  const { t } = useWords();
  const may = useMayAct();
  const [asking, setAsking] = useState<"transfer" | "hangup">();
  if (!may(call)) return null;
  return (
    <div className="flex gap-2">
      <Button size="small" onClick={() => setAsking("transfer")} aria-label={t("calls.transfer_of", { call: title })}><ArrowRightLeft aria-hidden />{t("calls.transfer")}</Button>
      <Button size="small" className="text-bad" onClick={() => setAsking("hangup")} aria-label={t("calls.hang_up_of", { call: title })}><PhoneOff aria-hidden />{t("calls.hang_up")}</Button>
      {asking === "hangup" && <HangUp id={call.id} title={title} close={() => setAsking(undefined)} />}
      {asking === "transfer" && <Transfer id={call.id} title={title} close={() => setAsking(undefined)} />}
    </div>
  );
}

interface AskedProps {
  id: number;
  title: string;
  close: () => void;
}

function HangUp({ id, title, close }: AskedProps) {
  const { t } = useWords();
  const end = useMutation({
    mutationFn: () => ask("post", `calls/${id}/hangup`),
    onSuccess: () => {
      tell(t("calls.hung_up"));
      close();
    },
  });
  return (
    <Confirm open onOpenChange={(open) => !open && close()} title={t("calls.hang_up_title", { call: title })} cancel={t("cancel")} confirm={t("calls.hang_up")} danger busy={end.isPending} onConfirm={() => end.mutate()}>
      <p>{t("calls.hang_up_more")}</p>
      {end.isError && <Note tone="bad" className="mt-3">{sentenceOf(end.error, t("failed.network"))}</Note>}
    </Confirm>
  );
}

function Transfer({ id, title, close }: AskedProps) {
  const { t } = useWords();
  const field = useId();
  const [to, setTo] = useState<"extension" | "outside">("extension");
  const [extension, setExtension] = useState<number | null>(null);
  const [number, setNumber] = useState("");
  const chosen = useRecord(extensions, extension ?? undefined).data?.view;
  const destination = to === "extension" ? chosen?.extension_number : number.trim();
  const send = useMutation({
    mutationFn: () => ask("post", `calls/${id}/transfer`, { body: { destination } }),
    onSuccess: () => {
      tell(t("calls.transferred", { to: destination }));
      close();
    },
  });
  const problem = send.error instanceof Refused ? (send.error.of("destination")[0] ?? send.error.message) : send.isError ? t("failed.network") : undefined;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      title={t("calls.transfer_title", { call: title })}
      description={t("calls.transfer_more")}
      closeLabel={t("close")}
      footer={
        <>
          <Button onClick={close}>{t("cancel")}</Button>
          <Button type="submit" form={`${field}-form`} look="primary" busy={send.isPending} disabled={!destination}>{t("calls.transfer")}</Button>
        </>
      }
    >
      <form id={`${field}-form`} className="space-y-4" onSubmit={(event) => { event.preventDefault(); if (destination) send.mutate(); }}>
        <Segments label={t("calls.transfer_to")} value={to} onValue={(next) => { setTo(next as typeof to); send.reset(); }} options={[{ value: "extension", label: t("kinds.extension") }, { value: "outside", label: t("calls.outside") }]} />
        <div>
          <label htmlFor={field} className="mb-1.5 block font-medium">{t("calls.transfer_to")}</label>
          {to === "extension" ? (
            <RecordSelect id={field} resource={extensions} filter={{ status: "active" }} value={extension} onValue={(next) => { setExtension(next); send.reset(); }} invalid={problem !== undefined} describedBy={problem ? `${field}-problem` : undefined} />
          ) : (
            <Input id={field} type="tel" inputMode="tel" autoComplete="off" placeholder="+12125550100" value={number} onChange={(event) => { setNumber(event.target.value); send.reset(); }} aria-invalid={problem !== undefined || undefined} aria-describedby={problem ? `${field}-problem` : undefined} />
          )}
        </div>
        {problem && <Note tone="bad"><span id={`${field}-problem`}>{problem}</span></Note>}
      </form>
    </Dialog>
  );
}
