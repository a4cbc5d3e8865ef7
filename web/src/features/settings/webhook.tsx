// One webhook: where it leads, what it is told, its secret, and a test of it.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { KeyRound, ListTree, Zap } from "lucide-react";
import { useState } from "react";
import { webhooks } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { StatusField } from "@/fields/choice";
import { LongTextField, TextField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Confirm } from "@/ui/dialog";
import { MenuItem } from "@/ui/menu";
import { Note } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { type Once, ShownOnce } from "@/views/shown-once";
import { When } from "@/views/when";
import { useWords } from "@/words";
import { EventsField, ModelsField } from "./events-field";
import { SettingsFrame } from "./frame";
import { HeadersField } from "./headers-field";
import { modelKey } from "./models";
import { EMPTY, schema, toBody, toValues } from "./webhook-values";
import { WebhookState } from "./webhooks";

export function NewWebhookPage() {
  return <WebhookForm id={undefined} />;
}

export function WebhookPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <WebhookForm key={id} id={Number(id)} />;
}

function WebhookForm({ id }: { id: number | undefined }) {
  const { t } = useWords("settings");
  const go = useNavigate();
  const queries = useQueryClient();
  const [once, setOnce] = useState<Once & { seen?: () => void }>();
  const [rotating, setRotating] = useState(false);
  const secret = (text: string, more: string): Once => ({ title: t("hooks.secret"), label: t("hooks.secret"), text, more });
  const state = useRecordForm({
    resource: webhooks,
    id,
    schema,
    empty: EMPTY,
    toValues,
    toBody,
    pathOf: (webhook) => `/settings/webhooks/${webhook.id}`,
    // The secret is told by the answer that made the webhook, and by no other: the form waits until it was seen.
    onSaved: (_, answer) => (typeof answer["secret"] === "string" ? new Promise((seen) => setOnce({ ...secret(answer["secret"] as string, t("hooks.secret_more")), seen })) : undefined),
  });
  const failed = (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" });
  const ping = useMutation({ mutationFn: async () => (await ask<{ delivery_id: number }>("post", `webhooks/${id}/ping`, { body: {} })).data.delivery_id });
  const test = () => ping.mutateAsync().then((delivery) => go({ to: `/settings/webhooks/${id}/deliveries/${delivery}` }), failed);
  const rotate = useMutation({
    mutationFn: async () => (await ask<{ secret: string }>("post", `webhooks/${id}/rotate-secret`, { body: {} })).data.secret,
    onSuccess: () => queries.invalidateQueries({ queryKey: [webhooks.model] }),
  });
  const renew = () =>
    rotate.mutateAsync().then((text) => {
      setRotating(false);
      setOnce(secret(text, t("hooks.rotated_more")));
    }, failed);
  const webhook = state.view;
  return (
    <SettingsFrame isInner>
      <RecordForm
        state={state}
        back={{ to: "/settings/webhooks", label: t("places.webhooks") }}
        newTitle={t("hooks.new")}
        kind="webhook"
        badge={webhook && <WebhookState webhook={webhook} />}
        actions={
          webhook && (
            <>
              <Button asChild><Link to={`/settings/webhooks/${webhook.id}/deliveries`}><ListTree aria-hidden />{t("hooks.deliveries")}</Link></Button>
              <Button busy={ping.isPending} disabled={webhook.status !== "active"} onClick={() => void test()}><Zap aria-hidden />{t("hooks.ping")}</Button>
            </>
          )
        }
        menu={<MenuItem onSelect={() => setRotating(true)}><KeyRound aria-hidden />{t("hooks.rotate")}</MenuItem>}
        fieldName={(name) => t(`fields.${name}`, name)}
        fieldWord={(name, word) => (name === "events" ? t(`hooks.of.${word.replaceAll(".", "_")}`, word) : name === "models" ? t(modelKey(word), word) : undefined)}
      >
        {webhook?.stopped_because && <Note tone="bad" title={t("hooks.stopped")}>{webhook.stopped_because} {t("hooks.stopped_more")}</Note>}
        {webhook && !webhook.stopped_because && webhook.failures > 0 && (
          <Note tone="warn" className="[&_time]:whitespace-normal" title={t("hooks.failing", { count: webhook.failures })}>{webhook.last_error} {webhook.failing_since && <When at={webhook.failing_since} />}</Note>
        )}
        {webhook?.previous_secret_until && Date.parse(webhook.previous_secret_until) > Date.now() && <Note>{t("hooks.previous")} <When at={webhook.previous_secret_until} />.</Note>}
        <Section title={t("hooks.where")}>
          <TextField name="name" label={t("hooks.name")} required maxLength={100} autoFocus={id === undefined} className={id === undefined ? WHOLE : undefined} />
          {id !== undefined && <StatusField name="status" help={t("hooks.status_more")} />}
          <TextField name="url" type="url" inputMode="url" label={t("hooks.url")} help={t("hooks.url_more")} placeholder="https://crm.example.com/opbx" required maxLength={2048} className={WHOLE} />
          <LongTextField name="description" label={t("hooks.description")} rows={2} maxLength={500} className={WHOLE} />
        </Section>
        <Section title={t("hooks.told")} description={t("hooks.told_more")}>
          <EventsField />
          <ModelsField />
        </Section>
        <Section title={t("hooks.headers")} description={t("hooks.headers_more")}>
          <HeadersField isNew={id === undefined} />
        </Section>
      </RecordForm>
      <ShownOnce
        once={once}
        onClose={() => {
          setOnce(undefined);
          once?.seen?.();
        }}
      />
      <Confirm open={rotating} onOpenChange={setRotating} title={t("hooks.rotate_title")} cancel={t("cancel", { ns: "app" })} confirm={t("hooks.rotate")} busy={rotate.isPending} onConfirm={() => void renew()}>
        {t("hooks.rotate_more")}
      </Confirm>
    </SettingsFrame>
  );
}
