// Beside the form: where calls to the number go as it is saved, what is wrong on the way, and how to see all of it.

import { Link } from "@tanstack/react-router";
import { PhoneCall, Workflow } from "lucide-react";
import type { PhoneNumber } from "@/api/catalogue";
import { Button } from "@/ui/button";
import { Note, Panel } from "@/ui/panel";
import { brokenBy, DestinationLink } from "@/views/destination-link";
import { useWords } from "@/words";

export function LeadsTo({ number }: { number: PhoneNumber }) {
  const { t } = useWords("numbers");
  const broken = brokenBy(number.destination);
  return (
    <Panel title={t("now")}>
      <div className="rounded-xl border bg-sunken/60 px-3.5 py-3 font-medium">
        <DestinationLink destination={number.destination} />
      </div>
      {number.status === "inactive" && <Note tone="warn" className="mt-3">{t("is_inactive")}</Note>}
      {number.status === "active" && broken && <Note tone="bad" className="mt-3">{t(broken === "gone" ? "target_gone" : "target_inactive")}</Note>}
      {number.destination.type === "hangup" && number.status === "active" && <Note tone="warn" className="mt-3">{t("hangs_up")}</Note>}
      <div className="mt-4 grid gap-2">
        <Button asChild><Link to="/flow" search={{ number: number.phone_number } as never}><Workflow aria-hidden />{t("draw")}</Link></Button>
        <Button asChild><Link to="/test-a-call" search={{ to: number.phone_number } as never}><PhoneCall aria-hidden />{t("test")}</Link></Button>
      </div>
    </Panel>
  );
}
