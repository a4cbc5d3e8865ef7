// The company: its name, its country and its clock, guessed from the browser and confirmed here.

import { zodResolver } from "@hookform/resolvers/zod";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Siren } from "lucide-react";
import { useForm, useWatch } from "react-hook-form";
import { type AnswerOf, type CompanySettings, companySettings } from "@/api/catalogue";
import { ask, sentenceOf, useRecord } from "@/api/resources";
import { ME } from "@/api/session";
import { type Setup, useSaySetup } from "@/api/setup";
import { CountryField, TimeZoneField } from "@/fields/choice";
import { TextField } from "@/fields/text";
import { browserZone } from "@/format/zones";
import { Button } from "@/ui/button";
import { Note, Skeleton } from "@/ui/panel";
import { PlainForm } from "@/views/form/plain-form";
import { useWords } from "@/words";
import { company, type Company, type Country, guessed } from "./values";

export function CompanyStep({ setup, onDone }: { setup: Setup; onDone: () => void }) {
  const { t } = useWords("welcome");
  const seen = useRecord(companySettings, 0);
  const countries = useQuery({ queryKey: ["res.country", "all"], queryFn: async ({ signal }) => (await ask<AnswerOf<"/api/v1/countries">>("get", "countries", { signal })).data.data, staleTime: Infinity });
  const failure = seen.error ?? countries.error;
  if (failure) return <Note tone="bad">{sentenceOf(failure, t("failed.network", { ns: "app" }))}</Note>;
  if (!seen.data || !countries.data) return <div className="space-y-4"><Skeleton className="h-10" /><Skeleton className="h-10" /></div>;
  return <CompanyForm key={String(setup.company)} view={seen.data.view} version={seen.data.version} setup={setup} countries={countries.data} onDone={onDone} />;
}

interface CompanyFormProps {
  view: CompanySettings;
  version: string | undefined;
  setup: Setup;
  countries: Country[];
  onDone: () => void;
}

function CompanyForm({ view, version, setup, countries, onDone }: CompanyFormProps) {
  const { t } = useWords("welcome");
  const queries = useQueryClient();
  const say = useSaySetup();
  const form = useForm<Company>({ resolver: zodResolver(company), defaultValues: guessed(view, setup.company, browserZone(), countries, navigator.language), mode: "onTouched" });
  const write = async (values: Company) => {
    await ask("put", companySettings.path, { body: values, version });
    await say.mutateAsync({ company: true });
    await Promise.all([queries.fetchQuery({ ...ME, staleTime: 0 }), queries.invalidateQueries({ queryKey: [companySettings.model] })]);
    onDone();
  };
  return (
    <PlainForm form={form} write={write} className="space-y-5">
      <TextField name="name" label={t("company_name")} autoComplete="organization" maxLength={100} required autoFocus />
      <div className="grid gap-5 sm:grid-cols-2">
        <CountryField name="country" label={t("country")} help={t("country_more")} required />
        <TimeZoneField name="timezone" label={t("timezone")} help={t("timezone_more")} required />
      </div>
      <Emergency countries={countries} />
      <Button type="submit" look="primary" size="large" busy={form.formState.isSubmitting}>{t("go_on")}</Button>
    </PlainForm>
  );
}

function Emergency({ countries }: { countries: Country[] }) {
  const { t } = useWords("welcome");
  const code = useWatch({ name: "country" }) as string;
  const numbers = countries.find((country) => country.code === code)?.emergency_numbers ?? [];
  if (numbers.length === 0) return null;
  return (
    <p className="flex items-start gap-2.5 rounded-xl bg-sunken px-4 py-3 text-[13px]" role="status">
      <Siren className="mt-0.5 size-4 shrink-0 text-bad" aria-hidden />
      <span>{t("emergency")} <strong className="tabular-nums">{numbers.join(", ")}</strong></span>
    </p>
  );
}
