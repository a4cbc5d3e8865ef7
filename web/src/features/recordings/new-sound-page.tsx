// A new recording: spoken here, sent, or fetched.

import { Link, useNavigate } from "@tanstack/react-router";
import { NewSound } from "@/fields/sound/new-sound";
import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";

export function NewSoundPage() {
  const { t } = useWords("recordings");
  const go = useNavigate();
  return (
    <div className="max-w-2xl">
      <PageHead title={t("new")} description={t("new_more")} back={{ to: "/recordings", label: t("title") }} />
      <Panel>
        <NewSound
          onCreated={(sound) => {
            tell(t("form.created", { ns: "app", name: sound.name }));
            void go({ to: `/recordings/${sound.id}`, replace: true });
          }}
          actions={<Button asChild look="ghost"><Link to="/recordings">{t("cancel", { ns: "app" })}</Link></Button>}
        />
      </Panel>
    </div>
  );
}
