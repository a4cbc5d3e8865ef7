// The list of texts that are read to callers.

import { MessageSquareText } from "lucide-react";
import { type Prompt, prompts } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { Badge } from "@/ui/badge";
import type { Column } from "@/views/list/columns";
import { RecordList } from "@/views/list/record-list";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { Shelves } from "./tabs";

export function TextsPage() {
  const { t } = useWords("recordings");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const columns: Column<Prompt>[] = [
    { name: "name", title: t("name"), sort: "name", cell: (prompt) => prompt.name, text: (prompt) => prompt.name },
    { name: "text", title: t("text"), cell: (prompt) => <span lang={prompt.language ?? undefined} title={prompt.text ?? undefined} className="block max-w-[28rem] truncate text-muted">{prompt.text}</span>, text: (prompt) => prompt.text },
    { name: "voice", title: t("voice"), extra: true, cell: (prompt) => prompt.voice ?? <span className="text-muted">{t("sound.usual_voice", { ns: "app" })}</span>, text: (prompt) => prompt.voice },
    { name: "language", title: t("language"), cell: (prompt) => prompt.language ?? "–", text: (prompt) => prompt.language },
    { name: "status", title: t("status"), sort: "status", cell: (prompt) => <Badge dot tone={prompt.status === "active" ? "good" : "neutral"}>{t(prompt.status, { ns: "app" })}</Badge>, text: (prompt) => prompt.status },
    { name: "updated_at", title: t("updated"), sort: "updated_at", cell: (prompt) => <When at={prompt.updated_at} relative />, text: (prompt) => prompt.updated_at },
  ];
  return (
    <RecordList
      resource={prompts}
      title={t("title")}
      description={t("about")}
      columns={columns}
      searchLabel={t("search_texts")}
      usual={{ sort: "name" }}
      fixed={{ kind: "text" }}
      filters={[{ name: "status", label: t("status"), kind: "choice", options: ["active", "inactive"].map((value) => ({ value, label: t(value, { ns: "app" }) })) }]}
      pathOf={(prompt) => `/recordings/${prompt.id}`}
      create={edits ? { to: "/recordings/texts/new", label: t("new_text") } : undefined}
      bulk={edits ? ["activate", "deactivate", "delete"] : undefined}
      empty={{ icon: <MessageSquareText aria-hidden />, title: t("empty_texts"), more: t("empty_texts_more") }}
    >
      <Shelves />
    </RecordList>
  );
}
