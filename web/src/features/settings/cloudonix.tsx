// The carrier: which domain and with which key, how OPBX is reached from there, and whether it knows what stands here.

import { useQuery } from "@tanstack/react-query";
import { FormProvider } from "react-hook-form";
import { sentenceOf } from "@/api/resources";
import { useRole } from "@/api/session";
import { Button } from "@/ui/button";
import { Empty, Note, Skeleton } from "@/ui/panel";
import { ShieldOff } from "lucide-react";
import { LeaveGuard } from "@/views/form/leave";
import { PageHead } from "@/views/page-head";
import { useWords } from "@/words";
import { CARRIER } from "./cloudonix-query";
import { Addresses } from "./cloudonix-addresses";
import { CarrierFields } from "./cloudonix-fields";
import { CarrierState, CarrierBadge } from "./cloudonix-state";
import { Trunks } from "./cloudonix-trunks";
import type { Shown } from "./cloudonix-values";
import { SettingsFrame } from "./frame";
import { useCarrierForm } from "./use-carrier-form";

export function CloudonixPage() {
  const { t } = useWords("settings");
  const { is } = useRole();
  const shown = useQuery({ ...CARRIER, enabled: is("owner") });
  return (
    <SettingsFrame>
      <PageHead title={t("places.cloudonix")} description={t("places_more.cloudonix")} badge={shown.data && <CarrierBadge settings={shown.data.settings} />} />
      {!is("owner") && <Empty icon={<ShieldOff aria-hidden />} title={t("owners_only")} />}
      {shown.isError && <Note tone="bad" actions={<Button size="small" onClick={() => void shown.refetch()}>{t("again", { ns: "app" })}</Button>}>{sentenceOf(shown.error, t("failed.network", { ns: "app" }))}</Note>}
      {shown.isLoading && <div className="space-y-5"><Skeleton className="h-28 rounded-2xl" /><Skeleton className="h-72 rounded-2xl" /></div>}
      {shown.data && <Carrier shown={shown.data} />}
    </SettingsFrame>
  );
}

function Carrier({ shown }: { shown: Shown }) {
  const { t } = useWords("settings");
  const carrier = useCarrierForm(shown);
  const { isDirty } = carrier.form.formState;
  return (
    <div className="space-y-5">
      <CarrierState settings={shown.settings} />
      <FormProvider {...carrier.form}>
        <form
          noValidate
          aria-label={t("places.cloudonix")}
          onSubmit={(event) => {
            event.preventDefault();
            void carrier.save();
          }}
          className="space-y-5"
        >
          {carrier.problem && <Note tone="bad">{carrier.problem}</Note>}
          {carrier.warning && <Note tone="warn" title={t("cloudonix.saved_but")}>{carrier.warning}</Note>}
          <CarrierFields settings={shown.settings} />
          <div className="sticky bottom-0 z-10 -mx-1 flex items-center gap-2 border-t bg-page/90 px-1 py-3 backdrop-blur-md">
            <Button type="submit" look="primary" busy={carrier.saving} disabled={!isDirty}>{t("form.save", { ns: "app" })}</Button>
            {isDirty && <Button look="ghost" onClick={() => carrier.form.reset()}>{t("form.discard", { ns: "app" })}</Button>}
            <p className="ml-auto text-[13px] text-muted" role="status">{t(isDirty ? "form.unsaved" : "form.all_saved", { ns: "app" })}</p>
          </div>
        </form>
        <LeaveGuard isDirty={isDirty} />
      </FormProvider>
      <Addresses shown={shown} />
      {shown.settings?.is_configured && <Trunks />}
    </div>
  );
}
