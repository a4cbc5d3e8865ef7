// One's own telephone: being left in peace, sending calls elsewhere, and the voicemail box.

import { useQuery } from "@tanstack/react-query";
import { PhoneOff } from "lucide-react";
import { sentenceOf } from "@/api/resources";
import { Button } from "@/ui/button";
import { Empty, Note, Skeleton } from "@/ui/panel";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { Forwards } from "./forwards";
import { ProfileFrame } from "./frame";
import { OWN } from "./own";
import { Peace } from "./peace";
import { VoicemailBox } from "./voicemail-box";

export function TelephonePage() {
  const { t } = useWords("profile");
  const own = useQuery(OWN);
  const nothing = own.data && own.data.extensions.length + own.data.voicemails.length === 0;
  return (
    <ProfileFrame>
      <PageHead title={t("places.telephone")} description={t("telephone_more")} />
      {own.isError && <Note tone="bad" actions={<Button size="small" onClick={() => void own.refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(own.error, t("failed.network", { ns: "app" }))}</Note>}
      {own.isPending && <div className="space-y-5"><Skeleton className="h-24 rounded-2xl" /><Skeleton className="h-64 rounded-2xl" /></div>}
      {nothing && <div className="rounded-2xl border bg-surface"><Empty icon={<PhoneOff aria-hidden />} title={t("no_telephone")}>{t("no_telephone_more")}</Empty></div>}
      <div className="space-y-5">
        {own.data?.extensions.map((extension) => (
          <section key={extension.id} aria-label={`${extension.extension_number} ${extension.name}`} className="space-y-5">
            <Peace extension={extension} />
            <Forwards extension={extension} />
          </section>
        ))}
        {own.data?.voicemails.map((box) => <VoicemailBox key={box.id} box={box} />)}
      </div>
    </ProfileFrame>
  );
}
