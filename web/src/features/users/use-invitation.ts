// An invitation: the link by which somebody chooses a password, shown to whoever asked for it, once.

import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import type { User } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { instant } from "@/format";
import { tell } from "@/ui/toast";
import type { Once } from "@/views/shown-once";
import { useZone } from "@/views/when";
import { useWords } from "@/words";

export interface Link {
  url: string;
  expires_at: string;
}

export function useInvitation() {
  const { t } = useWords("users");
  const zone = useZone();
  const [once, setOnce] = useState<Once & { seen?: () => void }>();
  const show = (user: User, link: Link, seen?: () => void) =>
    setOnce({ title: t("invited", { name: user.name }), label: t("link"), text: link.url, more: t("invited_more", { email: user.email, until: instant(link.expires_at, zone) }), seen });
  const invite = useMutation({ mutationFn: async (user: User) => (await ask<{ invitation: Link }>("post", `users/${user.id}/invite`)).data.invitation });
  return {
    once,
    show,
    busy: invite.isPending,
    ask: (user: User) =>
      invite.mutateAsync(user).then(
        (link) => show(user, link),
        (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
      ),
    close: () => {
      setOnce(undefined);
      once?.seen?.();
    },
  };
}
