// When a page cannot be shown: it does not exist, is not for this person, or something broke.

import type { ErrorComponentProps } from "@tanstack/react-router";
import { Link, useRouter } from "@tanstack/react-router";
import { Compass, ShieldOff, Unplug } from "lucide-react";
import { Refused } from "@/api/client";
import { Button } from "@/ui/button";
import { Empty } from "@/ui/panel";
import { useWords } from "@/words";

export function Absent() {
  const { t } = useWords();
  return (
    <Empty icon={<Compass aria-hidden />} title={t("failed.absent")} actions={<Button asChild look="primary"><Link to="/dashboard">{t("failed.home")}</Link></Button>}>
      {t("failed.absent_more")}
    </Empty>
  );
}

export function Failed({ error, reset }: ErrorComponentProps) {
  const { t } = useWords();
  const router = useRouter();
  if (error instanceof Refused && error.status === 404) return <Absent />;
  const forbidden = error instanceof Refused && error.status === 403;
  const again = () => { reset(); void router.invalidate(); };
  return (
    <Empty
      icon={forbidden ? <ShieldOff aria-hidden /> : <Unplug aria-hidden />}
      title={forbidden ? t("failed.forbidden") : t("failed.broken")}
      actions={<Button look="primary" onClick={again}>{t("again")}</Button>}
    >
      {error instanceof Refused ? error.problem.message : t("failed.broken_more")}
      {error instanceof Refused && error.problem.request_id && <p className="mt-2 font-mono text-xs">{error.problem.request_id}</p>}
    </Empty>
  );
}
