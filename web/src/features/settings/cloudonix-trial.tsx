// Trying a domain and its key out before they are saved, and taking over what the carrier says of them.

import { useMutation } from "@tanstack/react-query";
import { PlugZap } from "lucide-react";
import { useFormContext } from "react-hook-form";
import { ask, sentenceOf } from "@/api/resources";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { WHOLE } from "@/views/form/section";
import { useWords } from "@/words";
import type { components } from "@/api/schema";
import type { Values } from "./cloudonix-values";

type Validated = components["schemas"]["Validated"];

export function Trial({ hasKey }: { hasKey: boolean }) {
  const { t } = useWords("settings");
  const form = useFormContext<Values>();
  const [uuid, key] = form.watch(["domain_uuid", "domain_api_key"]);
  const trial = useMutation({
    mutationFn: async () => (await ask<Validated>("post", "settings/cloudonix/validate", { body: { domain_uuid: uuid.trim(), domain_api_key: key || null } })).data,
  });
  const said = trial.data?.profile_settings;
  const run = async () => {
    if (await form.trigger(["domain_uuid", "domain_api_key"])) trial.mutate();
  };
  const take = () => {
    if (!said) return;
    const options = { shouldDirty: true, shouldValidate: true };
    form.setValue("domain_name", said.domain_name, options);
    // What could not be saved is not told.
    if (said.no_answer_timeout) form.setValue("no_answer_timeout", said.no_answer_timeout, options);
    if (said.recording_format) form.setValue("recording_format", said.recording_format, options);
  };
  const facts = said && ([
    [t("cloudonix.name"), said.domain_name],
    [t("cloudonix.package"), said.cloudonix_package],
    [t("cloudonix.timeout"), said.no_answer_timeout && `${said.no_answer_timeout} s`],
    [t("cloudonix.format"), said.recording_format?.toUpperCase()],
  ] as const).filter(([, value]) => value);
  return (
    <div className={`${WHOLE} space-y-3`}>
      <Button busy={trial.isPending} disabled={!uuid || (!key && !hasKey)} onClick={() => void run()}><PlugZap aria-hidden />{t("cloudonix.try")}</Button>
      {trial.isError && <Note tone="bad" title={t("cloudonix.refused")}>{sentenceOf(trial.error, t("failed.network", { ns: "app" }))}</Note>}
      {trial.isSuccess && (
        <Note tone="good" title={t("cloudonix.opens")} actions={said && <Button size="small" onClick={take}>{t("cloudonix.take")}</Button>}>
          {facts && (
            <dl className="mt-1 grid w-fit grid-cols-[auto_auto] gap-x-4 gap-y-0.5 text-[13px]">
              {facts.map(([name, value]) => <div key={name} className="contents"><dt>{name}</dt><dd className="font-medium">{value}</dd></div>)}
            </dl>
          )}
        </Note>
      )}
    </div>
  );
}
