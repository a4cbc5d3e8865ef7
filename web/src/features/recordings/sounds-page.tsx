// The list of recordings, each to be heard where it stands.

import { AudioLines, ExternalLink } from "lucide-react";
import { type Recording, recordings } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { SmallPlayer, soundAddress } from "@/fields/sound/player";
import { bytes, stopwatch } from "@/format";
import { Badge } from "@/ui/badge";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { Shelves } from "./tabs";

export function SoundsPage() {
  const { t } = useWords("recordings");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const columns: Column<Recording>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (sound) => sound.name, text: (sound) => sound.name },
    { name: "listen", title: t("listen"), cell: (sound) => <Listen sound={sound} /> },
    { name: "duration", title: t("length"), sort: "duration_seconds", align: "right", cell: (sound) => (sound.duration_seconds === null ? "–" : stopwatch(sound.duration_seconds)), text: (sound) => sound.duration_seconds },
    { name: "size", title: t("size"), align: "right", extra: true, cell: (sound) => (sound.file_size === null ? "–" : bytes(sound.file_size)), text: (sound) => sound.file_size },
    { name: "type", title: t("source"), cell: (sound) => t(`types.${sound.type}`), text: (sound) => sound.type },
    { name: "status", title: t("status"), sort: "status", cell: (sound) => <Badge dot tone={sound.status === "active" ? "good" : "neutral"}>{t(sound.status, { ns: "app" })}</Badge>, text: (sound) => sound.status },
    { name: "created_by", title: t("created_by"), cell: (sound) => sound.created_by, text: (sound) => sound.created_by },
    { name: "created_at", title: t("created"), sort: "created_at", cell: (sound) => <When at={sound.created_at} relative />, text: (sound) => sound.created_at },
  ];
  return (
    <RecordList
      resource={recordings}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search")}
      usual={{ sort: "created_at", order: "desc" }}
      filters={[
        { name: "status", label: t("status"), kind: "choice", options: ["active", "inactive"].map((value) => ({ value, label: t(value, { ns: "app" }) })) },
        { name: "type", label: t("source"), kind: "choice", options: ["upload", "remote"].map((value) => ({ value, label: t(`types.${value}`) })) },
      ]}
      pathOf={(sound) => `/recordings/${sound.id}`}
      create={edits ? { to: "/recordings/new", label: t("new") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <AudioLines aria-hidden />, title: t("empty"), more: t("empty_more") }}
    >
      <Shelves />
    </RecordList>
  );
}

/** What lies elsewhere is not fetched by this page: it opens beside it. */
function Listen({ sound }: { sound: Recording }) {
  const { t } = useWords("recordings");
  if (sound.file_size !== null) return <SmallPlayer src={soundAddress(sound.id, sound.updated_at)} name={sound.name} />;
  if (sound.remote_url === null) return <span className="text-muted">–</span>;
  return <a href={sound.remote_url} target="_blank" rel="noreferrer" aria-label={t("open_elsewhere", { name: sound.name })} className="flex size-7 items-center justify-center rounded-full border text-muted hover:text-ink"><ExternalLink className="size-3.5" aria-hidden /></a>;
}
