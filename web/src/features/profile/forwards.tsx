// Where one's calls go instead: always, or when one cannot take them.

import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect } from "react";
import { useController, useForm, useFormContext, useWatch } from "react-hook-form";
import { DestinationInput } from "@/fields/destination";
import { Problem } from "@/fields/field";
import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";
import { Switch } from "@/ui/switch";
import { tell } from "@/ui/toast";
import { LeaveGuard } from "@/views/form/leave";
import { PlainForm } from "@/views/form/plain-form";
import { useWords } from "@/words";
import { KINDS, nameOf, type OwnExtension, schema, toBody, toValues, type Values, WHEN, type When } from "./forward-values";
import { useOwnChange } from "./own";

export function Forwards({ extension }: { extension: OwnExtension }) {
  const { t } = useWords("profile");
  const change = useOwnChange();
  const form = useForm<Values>({ resolver: zodResolver(schema), defaultValues: toValues(extension), mode: "onTouched" });
  const { isDirty } = form.formState;
  useEffect(() => {
    // What is being written is never replaced under somebody's hands.
    if (!isDirty) form.reset(toValues(extension));
  }, [extension]);
  const write = async (values: Values) => {
    const own = await change.mutateAsync({ what: "forwards", body: toBody(values, extension.id) });
    const now = own.extensions.find(({ id }) => id === extension.id);
    form.reset(now ? toValues(now) : values);
    tell(t("forwards_saved"));
  };
  return (
    <PlainForm form={form} write={write} nameOf={nameOf} label={t("forwards")} className="space-y-4">
      <Panel title={t("forwards")} description={t("forwards_more")}>
        <div className="divide-y">
          {WHEN.map((when) => <Forward key={when} when={when} />)}
        </div>
        <div className="mt-4 flex items-center gap-2">
          <Button type="submit" look="primary" busy={change.isPending} disabled={!isDirty}>{t("form.save", { ns: "app" })}</Button>
          {isDirty && <Button look="ghost" onClick={() => form.reset()}>{t("form.discard", { ns: "app" })}</Button>}
        </div>
      </Panel>
      <LeaveGuard isDirty={isDirty} />
    </PlainForm>
  );
}

function Forward({ when }: { when: When }) {
  const { t } = useWords("profile");
  const { getFieldState, formState } = useFormContext<Values>();
  const on = useController<Values, `${When}.on`>({ name: `${when}.on` }).field;
  const to = useController<Values, `${When}.to`>({ name: `${when}.to` }).field;
  const all = useWatch<Values, "always.on">({ name: "always.on" });
  const problem = ([`${when}.to.id`, `${when}.to.to`] as const).map((name) => getFieldState(name, formState).error?.message).find(Boolean);
  const id = `forward-${when}`;
  // Whatever goes elsewhere always never comes to be busy here.
  const isMoot = when !== "always" && all;
  return (
    <div className="grid gap-x-4 gap-y-2 py-3 first:pt-0 sm:grid-cols-[15rem_minmax(0,1fr)]">
      <div className="flex items-start gap-3 sm:pt-1.5">
        <Switch id={id} checked={on.value} onCheckedChange={on.onChange} onBlur={on.onBlur} ref={on.ref} />
        <label htmlFor={id} className="min-w-0">
          <span className="block font-medium">{t(`when.${when}`)}</span>
          {isMoot && <span className="block text-[13px] text-muted">{t("moot")}</span>}
        </label>
      </div>
      {on.value ? (
        <div>
          <DestinationInput value={to.value} onValue={to.onChange} kinds={KINDS.includes(to.value.type) ? KINDS : [...KINDS, to.value.type]} label={t(`when.${when}`)} invalid={Boolean(problem)} />
          <Problem text={problem} />
        </div>
      ) : (
        <p className="text-muted sm:pt-1.5">{t(`when_off.${when}`)}</p>
      )}
    </div>
  );
}
