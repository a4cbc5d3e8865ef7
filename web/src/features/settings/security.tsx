// Whom the company lets in: callers from outside, and people on how many devices.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Ban, BellOff, MessageSquareText } from "lucide-react";
import { ask, sentenceOf } from "@/api/resources";
import { ME, useMe, useRole } from "@/api/session";
import { CardsField, SwitchField } from "@/fields/choice";
import { NumberField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";
import { Switch } from "@/ui/switch";
import { tell } from "@/ui/toast";
import { Section, WHOLE } from "@/views/form/section";
import { useWords } from "@/words";
import { CompanyForm } from "./company-form";
import { fromSecurity, HEARD, NO_SECURITY, security, toSecurity } from "./company-values";

const ICONS = { rejected: Ban, busy: BellOff, sentence: MessageSquareText };

export function SecurityPage() {
  const { t } = useWords("settings");
  return (
    <CompanyForm place="security" schema={security} empty={NO_SECURITY} toValues={toSecurity} toBody={fromSecurity} below={<Sessions />}>
      {() => (
        <>
          <Section title={t("security.callers")} description={t("security.callers_more")}>
            <SwitchField name="anonymous_callers_refused" label={t("security.anonymous")} help={t("security.anonymous_more")} className={WHOLE} />
            <NumberField name="caller_calls_max" label={t("security.calls_max")} help={t("security.calls_max_more")} min={1} max={1000} placeholder={t("company.any")} />
            <NumberField name="caller_window" label={t("security.window")} help={t("security.window_more")} required min={1} max={86_400} unit="s" />
          </Section>
          <Section title={t("security.blocked")} description={t("security.blocked_more")}>
            <CardsField
              name="blocked_callers_hear"
              label={t("security.hear")}
              required
              className={WHOLE}
              options={HEARD.map((value) => {
                const Icon = ICONS[value];
                return { value, label: t(`security.heard.${value}`), more: t(`security.heard_more.${value}`), icon: <Icon aria-hidden /> };
              })}
            />
          </Section>
        </>
      )}
    </CompanyForm>
  );
}

/** Holds at once, so it is no part of the form above. */
function Sessions() {
  const { t } = useWords("settings");
  const { is } = useRole();
  const me = useMe();
  const queries = useQueryClient();
  const change = useMutation({
    mutationFn: (single_session: boolean) => ask("put", "profile/organization", { body: { single_session } }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ME.queryKey }),
  });
  const set = (single: boolean) =>
    change.mutateAsync(single).then(
      () => tell(t(single ? "security.single_on" : "security.single_off")),
      (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
    );
  const isSingle = change.isPending ? change.variables : me.organization.single_session;
  return (
    <Panel title={t("security.sessions")} description={t("security.sessions_more")} className="mt-5" actions={<Button asChild size="small"><Link to="/profile/security">{t("security.devices")}</Link></Button>}>
      <div className="flex items-start gap-3">
        <Switch id="single-session" className="mt-0.5" checked={isSingle} disabled={!is("owner") || change.isPending} onCheckedChange={(single) => void set(single)} />
        <label htmlFor="single-session">
          <span className="font-medium">{t("security.single")}</span>
          <span className="block text-[13px] text-muted">{t("security.single_more")}</span>
        </label>
      </div>
    </Panel>
  );
}
