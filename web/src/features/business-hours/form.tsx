// One schedule.

import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { CopyPlus } from "lucide-react";
import { useWatch } from "react-hook-form";
import { businessHours, type Schedule } from "@/api/catalogue";
import { ask, sentenceOf } from "@/api/resources";
import { useRole } from "@/api/session";
import { StatusField, TimeZoneField } from "@/fields/choice";
import { DestinationField } from "@/fields/destination";
import { LongTextField, TextField } from "@/fields/text";
import { wallTime } from "@/format/zones";
import { MenuItem } from "@/ui/menu";
import { tell } from "@/ui/toast";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useNow } from "@/views/hours/use-now";
import { useCompanyZone } from "@/views/when";
import { useWords } from "@/words";
import { ExceptionsField } from "./exceptions/field";
import { NowPanel } from "./now-panel";
import { EMPTY, NAMES, schema, toBody, toValues } from "./values";
import { WeekField } from "./week/field";

export function NewSchedulePage() {
  return <ScheduleForm id={undefined} />;
}

export function SchedulePage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <ScheduleForm key={id} id={Number(id)} />;
}

function ScheduleForm({ id }: { id: number | undefined }) {
  const { t } = useWords("business-hours");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const duplicate = useDuplicate();
  const state = useRecordForm({ resource: businessHours, id, schema, empty: EMPTY, toValues, toBody, names: NAMES, pathOf: (schedule) => `/business-hours/${schedule.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/business-hours", label: t("title") }}
      newTitle={t("new")}
      kind="business_hours"
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (name === "type" ? t(word === "closed" ? "exception_closed" : "exception_special") : name === "override" ? t(`hours.override_${word}`, { ns: "app" }) : undefined)}
      restore={(schedule) => toBody(toValues(schedule))}
      menu={edits && state.view && <MenuItem onSelect={() => state.view && void duplicate(state.view)}><CopyPlus aria-hidden />{t("duplicate")}</MenuItem>}
    >
      {state.view && <NowPanel schedule={state.view} edits={edits} />}
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={100} autoFocus={id === undefined} />
        <StatusField name="status" help={t("status_more")} />
        <LongTextField name="description" label={t("description")} className={WHOLE} rows={2} />
        <TimeZoneField name="timezone" label={t("timezone")} help={<ZoneClock />} clearable />
      </Section>
      <Section title={t("week")} description={t("week_more")}>
        <WeekField className={WHOLE} readOnly={!edits} />
      </Section>
      <Section title={t("exceptions")} description={t("exceptions_more")}>
        <ExceptionsField className={WHOLE} readOnly={!edits} />
      </Section>
      <Section title={t("destinations")} description={t("destinations_more")}>
        <DestinationField name="open" label={t("when_open")} required className={WHOLE} />
        <DestinationField name="closed" label={t("when_closed")} required className={WHOLE} />
      </Section>
    </RecordForm>
  );
}

/** What a clock there shows now; the company's own zone where none is chosen. */
function ZoneClock() {
  const { t, i18n } = useWords("business-hours");
  const company = useCompanyZone();
  const now = useNow();
  const chosen = useWatch({ name: "timezone" }) as string | null;
  const zone = chosen ?? company;
  const time = new Intl.DateTimeFormat(i18n.resolvedLanguage, { weekday: "long", hour: "numeric", minute: "2-digit", timeZone: zone }).format(now);
  return <time dateTime={wallTime(now, zone)}>{t(chosen ? "clock_there" : "clock_company", { time, zone: company.replaceAll("_", " ") })}</time>;
}

function useDuplicate() {
  const { t } = useWords("business-hours");
  const go = useNavigate();
  const queries = useQueryClient();
  return async (schedule: Schedule) => {
    try {
      const { data } = await ask<{ data: Schedule }>("post", `${businessHours.path}/${schedule.id}/duplicate`, { body: {} });
      void queries.invalidateQueries({ queryKey: [businessHours.model] });
      tell(t("duplicated", { name: data.data.name }));
      await go({ to: `/business-hours/${data.data.id}` });
    } catch (error) {
      tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" });
    }
  };
}
