// Connecting the carrier: domain and key are tried first, and saved with what the carrier says of the domain.

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useForm } from "react-hook-form";
import type { components } from "@/api/schema";
import { ask } from "@/api/resources";
import { SETUP } from "@/api/setup";
import { SecretField, TextField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { PlainForm } from "@/views/form/plain-form";
import { useWords } from "@/words";
import { baseOf, carrier, type Carrier } from "./values";

type Validated = components["schemas"]["Validated"];
/** Where the carrier names none. */
const TIMEOUT_S = 60;

export function Connect({ onDone }: { onDone: () => void }) {
  const { t } = useWords("welcome");
  const queries = useQueryClient();
  const form = useForm<Carrier>({ resolver: zodResolver(carrier), defaultValues: { domain_uuid: "", domain_api_key: "", webhook_base_url: baseOf(location.origin) }, mode: "onTouched" });
  const [warning, setWarning] = useState<string>();
  const write = async (values: Carrier) => {
    setWarning(undefined);
    const { domain_uuid, domain_api_key } = values;
    const { data } = await ask<Validated>("post", "settings/cloudonix/validate", { body: { domain_uuid, domain_api_key } });
    const said = data.profile_settings;
    const body = {
      ...values,
      webhook_base_url: values.webhook_base_url.replace(/\/+$/, "") || null,
      ...(said && { domain_name: said.domain_name }),
      no_answer_timeout: said?.no_answer_timeout ?? TIMEOUT_S,
      recording_format: said?.recording_format ?? "mp3",
    };
    const saved = await ask<{ warning?: string | null }>("put", "settings/cloudonix", { body });
    await queries.invalidateQueries({ queryKey: SETUP.queryKey });
    void queries.invalidateQueries({ queryKey: ["pbx.cloudonix_settings"] });
    if (saved.data.warning) setWarning(saved.data.warning);
    else onDone();
  };
  return (
    <PlainForm form={form} write={write} refused={t("refused")} className="space-y-5">
      {warning && <Note tone="warn" title={t("saved_but")} actions={<Button size="small" onClick={onDone}>{t("go_on")}</Button>}>{warning}</Note>}
      <div className="grid gap-5 sm:grid-cols-2">
        <TextField name="domain_uuid" label={t("uuid")} help={t("uuid_more")} placeholder="00000000-0000-0000-0000-000000000000" maxLength={64} required />
        <SecretField name="domain_api_key" label={t("key")} help={t("key_more")} required />
      </div>
      <TextField name="webhook_base_url" type="url" inputMode="url" label={t("base")} help={t("base_more")} placeholder="https://pbx.example.com" maxLength={255} />
      <Button type="submit" look="primary" size="large" busy={form.formState.isSubmitting}>{t("connect")}</Button>
    </PlainForm>
  );
}
