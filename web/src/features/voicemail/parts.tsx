// The two sides of the room, as links between them.

import { Link } from "@tanstack/react-router";
import { useRole } from "@/api/session";
import { useWords } from "@/words";

const LINK = "-mb-px border-b-2 border-transparent px-3 py-2 font-medium whitespace-nowrap text-muted hover:text-ink [&.active]:border-accent [&.active]:text-ink";

export function Parts() {
  const { t } = useWords("voicemail");
  const { is } = useRole();
  if (!is("owner", "pbx_admin")) return null;
  return (
    <nav aria-label={t("title")} className="mb-4 flex gap-1 border-b">
      <Link to="/voicemail" activeOptions={{ exact: true, includeSearch: false }} className={LINK}>{t("messages")}</Link>
      <Link to="/voicemail/boxes" activeOptions={{ includeSearch: false }} className={LINK}>{t("boxes")}</Link>
    </nav>
  );
}
