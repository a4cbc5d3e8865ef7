// The company: its name, its clocks, where stray calls go, and what may be spent on calls outside.

import { useQueryClient } from "@tanstack/react-query";
import { Siren } from "lucide-react";
import { ME } from "@/api/session";
import { CountryField, TimeZoneField } from "@/fields/choice";
import { DestinationField } from "@/fields/destination";
import { NumberField, PhoneField, TextField } from "@/fields/text";
import { Badge } from "@/ui/badge";
import { Section, WHOLE } from "@/views/form/section";
import { useWords } from "@/words";
import { CompanyForm } from "./company-form";
import { company, fromCompany, NO_COMPANY, toCompany } from "./company-values";
import { CountriesField } from "./countries-field";

export function CompanyPage() {
  const { t } = useWords("settings");
  const queries = useQueryClient();
  return (
    // The name and the zone stand around every page.
    <CompanyForm place="company" schema={company} empty={NO_COMPANY} toValues={toCompany} toBody={fromCompany} onSaved={() => void queries.invalidateQueries({ queryKey: ME.queryKey })}>
      {(view) => (
        <>
          <Section title={t("company.who")}>
            <TextField name="name" label={t("company.name")} required maxLength={100} autoComplete="organization" className={WHOLE} />
            <CountryField name="country" label={t("company.country")} help={t("company.country_more")} required />
            <TimeZoneField name="timezone" label={t("company.timezone")} help={t("company.timezone_more")} required />
            {view && view.emergency_numbers.length > 0 && (
              <div className="flex flex-wrap items-center gap-2 rounded-xl bg-sunken px-4 py-3 sm:col-span-2">
                <Siren className="size-4 text-bad" aria-hidden />
                <span className="mr-1">{t("company.emergency", { country: view.country_name })}</span>
                {view.emergency_numbers.map((number) => <Badge key={number} tone="bad" className="tabular-nums">{number}</Badge>)}
                <span className="basis-full text-[13px] text-muted">{t("company.emergency_more")}</span>
              </div>
            )}
          </Section>
          <Section title={t("company.stray")} description={t("company.stray_more")}>
            <DestinationField name="fallback" label={t("company.fallback")} required className={WHOLE} />
          </Section>
          <Section title={t("company.outside")} description={t("company.outside_more")}>
            <PhoneField name="caller_id" label={t("company.caller_id")} help={t("company.caller_id_more")} className={WHOLE} />
            <NumberField name="outbound_calls_max" label={t("company.calls_max")} help={t("company.unlimited")} min={0} max={100_000} placeholder={t("company.any")} />
            <NumberField name="outbound_minutes_per_day_max" label={t("company.minutes_max")} help={t("company.unlimited")} min={0} max={10_000_000} placeholder={t("company.any")} unit="min" />
            <CountriesField name="allowed_countries" label={t("company.countries")} help={t("company.countries_more")} className={WHOLE} />
          </Section>
        </>
      )}
    </CompanyForm>
  );
}
