// Where the carrier asks and tells: set there by OPBX itself, and to copy for whoever sets them by hand.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { ask, sentenceOf } from "@/api/resources";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { Panel } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { Copyable } from "@/views/copyable";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { CARRIER } from "./cloudonix-query";
import type { Shown } from "./cloudonix-values";

export function Addresses({ shown: { addresses, settings } }: { shown: Shown }) {
  const { t } = useWords("settings");
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const rotate = useMutation({
    mutationFn: async () => (await ask<Shown>("post", "settings/cloudonix/rotate-webhook-secret", { body: {} })).data,
    onSuccess: (seen) => queries.setQueryData(CARRIER.queryKey, { settings: seen.settings, callback_url: seen.callback_url, cdr_url: seen.cdr_url, addresses: seen.addresses }),
  });
  const run = () =>
    rotate.mutateAsync().then(
      () => tell(t("cloudonix.rotated")),
      (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
    ).finally(() => setAsking(false));
  return (
    <Panel
      title={t("cloudonix.addresses")}
      description={t("cloudonix.addresses_more")}
      actions={addresses && <Button size="small" onClick={() => setAsking(true)}><KeyRound aria-hidden />{t("cloudonix.rotate")}</Button>}
    >
      {!addresses && <p className="text-muted">{t("cloudonix.no_addresses")}</p>}
      {addresses && (
        <dl className="space-y-4">
          {(["route", "session_update", "cdr"] as const).map((name) => (
            <div key={name}>
              <dt className="mb-1 font-medium">{t(`cloudonix.address.${name}`)} <span className="ml-1 text-[13px] font-normal text-muted">{t(`cloudonix.address_more.${name}`)}</span></dt>
              <dd><Copyable text={addresses[name]} label={t(`cloudonix.address.${name}`)} /></dd>
            </div>
          ))}
        </dl>
      )}
      {settings?.webhook_secret_rotated_at && <p className="mt-4 text-[13px] text-muted">{t("cloudonix.rotated_at")} <When at={settings.webhook_secret_rotated_at} relative /></p>}
      <Confirm open={asking} onOpenChange={setAsking} title={t("cloudonix.rotate_title")} cancel={t("cancel", { ns: "app" })} confirm={t("cloudonix.rotate")} busy={rotate.isPending} onConfirm={() => void run()}>
        {t("cloudonix.rotate_more")}
      </Confirm>
    </Panel>
  );
}
