// The fields of the carrier: what opens the domain there, how OPBX is reached, and what calls are told.

import { useState } from "react";
import { useFormContext } from "react-hook-form";
import { KeyRound } from "lucide-react";
import { useMutation } from "@tanstack/react-query";
import { ask, sentenceOf } from "@/api/resources";
import { SelectField } from "@/fields/choice";
import { NumberField, SecretField, TextField } from "@/fields/text";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { Section, WHOLE } from "@/views/form/section";
import { type Once, ShownOnce } from "@/views/shown-once";
import { useWords } from "@/words";
import { Trial } from "./cloudonix-trial";
import type { Settings, Values } from "./cloudonix-values";

export function CarrierFields({ settings }: { settings: Settings | null }) {
  const { t } = useWords("settings");
  const kept = (isThere: boolean) => (isThere ? t("cloudonix.kept") : undefined);
  return (
    <>
      <Section title={t("cloudonix.domain")} description={t("cloudonix.domain_more")}>
        <TextField name="domain_uuid" label={t("cloudonix.uuid")} help={t("cloudonix.uuid_more")} placeholder="00000000-0000-0000-0000-000000000000" maxLength={64} />
        <SecretField name="domain_api_key" label={<SecretLabel text={t("cloudonix.key")} isSet={Boolean(settings?.domain_api_key)} />} help={t("cloudonix.key_more")} placeholder={kept(Boolean(settings?.domain_api_key))} />
        <Trial hasKey={Boolean(settings?.domain_api_key)} />
        <TextField name="domain_name" label={t("cloudonix.name")} help={t("cloudonix.name_more")} placeholder="acme.cloudonix.net" maxLength={253} />
      </Section>
      <Section title={t("cloudonix.reached")} description={t("cloudonix.reached_more")}>
        <TextField name="webhook_base_url" type="url" inputMode="url" label={t("cloudonix.base")} help={t("cloudonix.base_more")} placeholder="https://pbx.example.com" maxLength={255} className={WHOLE} />
        <RequestsKey isSet={Boolean(settings?.domain_requests_api_key)} placeholder={kept(Boolean(settings?.domain_requests_api_key))} />
        <SecretField name="webhook_secret" label={<SecretLabel text={t("cloudonix.signed")} isSet={Boolean(settings?.webhook_secret)} />} help={t("cloudonix.signed_more")} placeholder={kept(Boolean(settings?.webhook_secret))} />
      </Section>
      <Section title={t("cloudonix.calls")}>
        <NumberField name="no_answer_timeout" label={t("cloudonix.timeout")} help={t("cloudonix.timeout_more")} required min={5} max={120} unit="s" />
        <SelectField name="recording_format" label={t("cloudonix.format")} help={t("cloudonix.format_more")} required options={["mp3", "wav"].map((value) => ({ value, label: value.toUpperCase() }))} />
      </Section>
    </>
  );
}

function SecretLabel({ text, isSet }: { text: string; isSet: boolean }) {
  const { t } = useWords("settings");
  return <>{text}{isSet && <Badge tone="good" className="ml-2 align-middle">{t("cloudonix.is_set")}</Badge>}</>;
}

/** Drawn by the server, put into the form, and shown so that it can be written down: it holds once the form is saved. */
function RequestsKey({ isSet, placeholder }: { isSet: boolean; placeholder?: string }) {
  const { t } = useWords("settings");
  const form = useFormContext<Values>();
  const [once, setOnce] = useState<Once>();
  const draw = useMutation({ mutationFn: async () => (await ask<{ api_key: string }>("post", "settings/cloudonix/generate-requests-key", { body: {} })).data.api_key });
  const run = () =>
    draw.mutateAsync().then(
      (text) => {
        form.setValue("domain_requests_api_key", text, { shouldDirty: true, shouldValidate: true });
        setOnce({ title: t("cloudonix.requests_key"), label: t("cloudonix.requests_key"), text, more: t("cloudonix.drawn_more") });
      },
      () => undefined,
    );
  return (
    <div className="min-w-0 space-y-2">
      <SecretField name="domain_requests_api_key" label={<SecretLabel text={t("cloudonix.requests_key")} isSet={isSet} />} help={t("cloudonix.requests_key_more")} placeholder={placeholder} />
      <Button size="small" busy={draw.isPending} onClick={() => void run()}><KeyRound aria-hidden />{t("cloudonix.draw")}</Button>
      {draw.isError && <Note tone="bad">{sentenceOf(draw.error, t("failed.network", { ns: "app" }))}</Note>}
      <ShownOnce once={once} onClose={() => setOnce(undefined)} />
    </div>
  );
}
