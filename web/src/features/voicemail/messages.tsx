// The messages that were left: heard here, marked, called back, deleted.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { MailOpen, MoreHorizontal, Phone, Play, Route, Trash2, Voicemail } from "lucide-react";
import { useCallback, useState } from "react";
import { type VoicemailMessage, voicemailBoxes, voicemailMessages } from "@/api/catalogue";
import { useLiveEvents } from "@/api/live";
import { ask, sentenceOf, useList, useRemove } from "@/api/resources";
import { useRole } from "@/api/session";
import { phone, stopwatch } from "@/format";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Confirm } from "@/ui/dialog";
import { Menu, MenuItem, MenuLine } from "@/ui/menu";
import { tell } from "@/ui/toast";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { Parts } from "./parts";
import { MessagePlayer } from "./player";

export function MessagesPage() {
  const { t } = useWords("voicemail");
  const { is } = useRole();
  const sees = is("owner", "pbx_admin");
  const boxes = useList(voicemailBoxes, { per_page: 100, sort_by: "name" }, sees);
  const [playing, setPlaying] = useState<VoicemailMessage>();
  const [doomed, setDoomed] = useState<VoicemailMessage>();
  const mark = useMark();
  const remove = useRemove(voicemailMessages);
  useNewMessages();
  const play = (message: VoicemailMessage) => {
    setPlaying(message);
    if (!message.heard) mark.mutate({ id: message.id, heard: true });
  };
  const columns: Column<VoicemailMessage>[] = [
    { name: "from", title: t("from"), sort: "from_number", cell: (message) => <From message={message} />, text: (message) => message.from_number },
    { name: "left_at", title: t("left"), sort: "left_at", cell: (message) => <When at={message.left_at} />, text: (message) => message.left_at },
    { name: "length", title: t("length"), sort: "length", align: "right", cell: (message) => (message.length === null ? "–" : stopwatch(message.length)), text: (message) => message.length },
    { name: "box", title: t("box"), cell: (message) => message.voicemail_box_name ?? <span className="text-muted">–</span>, text: (message) => message.voicemail_box_name },
    { name: "listen", title: t("sound"), cell: (message) => <Button size="small" look={playing?.id === message.id ? "primary" : "plain"} aria-label={t("play_of", { from: fromOf(message, t("nobody")) })} onClick={() => play(message)}><Play aria-hidden />{t("play")}</Button> },
  ];
  return (
    <>
      <RecordList
        resource={voicemailMessages}
        title={t("title")}
        description={t("about")}
        columns={columns}
        searchLabel={t("search")}
        usual={{ sort: "left_at", order: "desc" }}
        filters={[
          { name: "heard", label: t("state"), kind: "choice", options: [{ value: "false", label: t("unheard") }, { value: "true", label: t("heard") }] },
          ...(sees ? [{ name: "voicemail_box_id", label: t("box"), kind: "choice" as const, options: (boxes.data?.data ?? []).map((box) => ({ value: String(box.id), label: box.name })) }] : []),
        ]}
        rowActions={(message) => (
          <Menu trigger={<Button look="ghost" size="tiny" aria-label={t("more_of", { from: fromOf(message, t("nobody")) })}><MoreHorizontal aria-hidden /></Button>}>
            <MenuItem onSelect={() => mark.mutate({ id: message.id, heard: !message.heard })}><MailOpen aria-hidden />{t(message.heard ? "mark_unheard" : "mark_heard")}</MenuItem>
            {message.from_number && <MenuItem asChild><a href={`tel:${message.from_number}`}><Phone aria-hidden />{t("call_back")}</a></MenuItem>}
            {message.call_id !== null && <MenuItem asChild><Link to={`/call-history/${message.call_id}`}><Route aria-hidden />{t("to_call")}</Link></MenuItem>}
            <MenuLine />
            <MenuItem danger onSelect={() => setDoomed(message)}><Trash2 aria-hidden />{t("delete.action", { ns: "app" })}</MenuItem>
          </Menu>
        )}
        empty={{ icon: <Voicemail aria-hidden />, title: t("empty"), more: t("empty_more") }}
      >
        <Parts />
      </RecordList>
      {playing && <MessagePlayer message={playing} from={fromOf(playing, t("nobody"))} onClose={() => setPlaying(undefined)} />}
      <Confirm
        open={doomed !== undefined}
        onOpenChange={(open) => !open && setDoomed(undefined)}
        title={t("delete_title")}
        cancel={t("cancel", { ns: "app" })}
        confirm={t("delete.action", { ns: "app" })}
        danger
        busy={remove.isPending}
        onConfirm={() => {
          if (!doomed) return;
          remove.mutateAsync(doomed.id).then(
            () => {
              tell(t("deleted"));
              setDoomed(undefined);
              if (playing?.id === doomed.id) setPlaying(undefined);
            },
            (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
          );
        }}
      >
        {t("delete_more")}
      </Confirm>
    </>
  );
}

function From({ message }: { message: VoicemailMessage }) {
  const { t } = useWords("voicemail");
  return (
    <span className={classes("flex items-center gap-2.5", !message.heard && "font-semibold")}>
      <span className={classes("size-2 shrink-0 rounded-full", message.heard ? "bg-transparent" : "bg-accent")} aria-hidden />
      <span>
        {fromOf(message, t("nobody"))}
        {!message.heard && <span className="sr-only"> ({t("unheard")})</span>}
        {message.from_name && message.from_number && <span className="ml-2 font-normal text-muted tabular-nums">{phone(message.from_number)}</span>}
      </span>
    </span>
  );
}

function fromOf(message: VoicemailMessage, nobody: string): string {
  return message.from_name ?? (message.from_number ? phone(message.from_number) : nobody);
}

function useMark() {
  const queries = useQueryClient();
  const { t } = useWords();
  return useMutation({
    mutationFn: ({ id, heard }: { id: number; heard: boolean }) => ask("put", `voicemail-messages/${id}`, { body: { heard } }),
    onSuccess: () => Promise.all([voicemailMessages.model, voicemailBoxes.model].map((model) => queries.invalidateQueries({ queryKey: [model] }))),
    onError: (error) => tell(sentenceOf(error, t("failed.network")), { tone: "bad" }),
  });
}

/** A message that is left while somebody looks is there at once. */
function useNewMessages() {
  const queries = useQueryClient();
  useLiveEvents(
    useCallback(
      (event: string) => {
        if (event === "voicemail.left") void queries.invalidateQueries({ queryKey: [voicemailMessages.model] });
      },
      [queries],
    ),
  );
}
