// A first telephone, and a first number that rings it.

import { zodResolver } from "@hookform/resolvers/zod";
import { useQueryClient } from "@tanstack/react-query";
import { CheckCircle2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useForm } from "react-hook-form";
import { type Extension, extensions, phoneNumbers } from "@/api/catalogue";
import { useList, useSave } from "@/api/resources";
import { useMe } from "@/api/session";
import { SETUP, type Setup } from "@/api/setup";
import { SwitchField } from "@/fields/choice";
import { PhoneField, TextField } from "@/fields/text";
import { Button } from "@/ui/button";
import { Copyable } from "@/views/copyable";
import { PlainForm } from "@/views/form/plain-form";
import { useWords } from "@/words";
import { digitsOf, number, type NumberValues, telephone, type Telephone } from "./values";

export function FirstStep({ setup, onDone }: { setup: Setup; onDone: () => void }) {
  const { t } = useWords("welcome");
  const [made, setMade] = useState<Extension>();
  const known = useList(extensions, { type: "user", status: "active", per_page: 1 }, setup.extensions > 0 && made === undefined);
  const target = made ?? known.data?.data[0];
  return (
    <div className="space-y-6">
      <Part title={t("telephone")} done={setup.extensions > 0 ? t("extensions_there", { count: setup.extensions }) : undefined}>
        {setup.extensions === 0 && !made && <TelephoneForm onMade={setMade} />}
        {made && <Credentials extension={made} />}
      </Part>
      <Part title={t("number")} done={setup.numbers > 0 ? t("numbers_there", { count: setup.numbers }) : undefined}>
        {setup.numbers === 0 && (target ? <NumberForm extension={target} /> : <p className="text-muted">{t("telephone_first")}</p>)}
      </Part>
      <Button look={setup.extensions > 0 && setup.numbers > 0 ? "primary" : "plain"} size="large" onClick={onDone}>{t(setup.extensions > 0 && setup.numbers > 0 ? "go_on" : "skip")}</Button>
    </div>
  );
}

function Part({ title, done, children }: { title: string; done: string | undefined; children: ReactNode }) {
  return (
    <section aria-label={title} className="rounded-xl border p-4 sm:p-5">
      <h2 className="mb-3 flex flex-wrap items-center gap-x-2 font-semibold">{title}{done && <span className="flex items-center gap-1.5 text-[13px] font-normal text-good"><CheckCircle2 className="size-4" aria-hidden />{done}</span>}</h2>
      {children}
    </section>
  );
}

function TelephoneForm({ onMade }: { onMade: (extension: Extension) => void }) {
  const { t } = useWords("welcome");
  const me = useMe();
  const queries = useQueryClient();
  const save = useSave(extensions);
  const form = useForm<Telephone>({ resolver: zodResolver(telephone), defaultValues: { extension_number: "1001", name: me.name, mine: true }, mode: "onTouched" });
  const write = async ({ extension_number, name, mine }: Telephone) => {
    const { view } = await save.mutateAsync({ body: { extension_number, name, type: "user", status: "active", voicemail_enabled: true, ...(mine && { user_id: me.id }) } });
    await queries.invalidateQueries({ queryKey: SETUP.queryKey });
    onMade(view);
  };
  return (
    <PlainForm form={form} write={write} label={t("telephone")} className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-[10rem_minmax(0,1fr)]">
        <TextField name="extension_number" label={t("extension_number")} inputMode="numeric" maxLength={5} required />
        <TextField name="name" label={t("telephone_name")} maxLength={255} required />
      </div>
      <SwitchField name="mine" label={t("mine")} help={t("mine_more")} />
      <Button type="submit" look="primary" busy={save.isPending}>{t("make_telephone")}</Button>
    </PlainForm>
  );
}

function Credentials({ extension: { sip_config: sip } }: { extension: Extension }) {
  const { t } = useWords("welcome");
  if (!sip?.password) return null;
  return (
    <div className="space-y-3">
      <p className="text-muted">{t("credentials")}</p>
      <dl className="grid gap-3 sm:grid-cols-3">
        {([["user", sip.username], ["password", sip.password], ["server", sip.server]] as const).map(([name, text]) => (
          <div key={name} className="min-w-0"><dt className="mb-1 text-[13px] text-muted">{t(`sip.${name}`)}</dt><dd><Copyable text={text} label={t(`sip.${name}`)} /></dd></div>
        ))}
      </dl>
    </div>
  );
}

function NumberForm({ extension }: { extension: Extension }) {
  const { t } = useWords("welcome");
  const queries = useQueryClient();
  const save = useSave(phoneNumbers);
  const form = useForm<NumberValues>({ resolver: zodResolver(number), defaultValues: { phone_number: "", friendly_name: t("main_number") }, mode: "onTouched" });
  const write = async ({ phone_number, friendly_name }: NumberValues) => {
    await save.mutateAsync({ body: { phone_number: digitsOf(phone_number), friendly_name: friendly_name || null, routing_type: "extension", routing_config: { extension_id: extension.id }, status: "active" } });
    await queries.invalidateQueries({ queryKey: SETUP.queryKey });
  };
  return (
    <PlainForm form={form} write={write} label={t("number")} className="space-y-4">
      <div className="grid gap-4 sm:grid-cols-2">
        <PhoneField name="phone_number" label={t("phone_number")} help={t("phone_number_more")} required />
        <TextField name="friendly_name" label={t("number_name")} maxLength={255} />
      </div>
      <p className="text-muted">{t("rings", { extension: extensions.title(extension) })}</p>
      <Button type="submit" look="primary" busy={save.isPending}>{t("make_number")}</Button>
    </PlainForm>
  );
}
