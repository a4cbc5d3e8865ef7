// One call check: the call, when it takes place, and what is expected of it beside what happened.

import { Link, useParams } from "@tanstack/react-router";
import { Check, FlaskConical, Play } from "lucide-react";
import { useController, useWatch } from "react-hook-form";
import { type CallCheck, callChecks } from "@/api/catalogue";
import { useRole } from "@/api/session";
import { SelectField, StatusField, TimeZoneField } from "@/fields/choice";
import { FieldFrame } from "@/fields/field";
import { NumberField, TextField } from "@/fields/text";
import { wallTime } from "@/format/zones";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { Note, Panel } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useCompanyZone, When } from "@/views/when";
import { useWords } from "@/words";
import { askedOf, DIRECTIONS, MESSAGE_MAX_S, nextDay, WEEKDAYS, writeAsked } from "./call";
import { EMPTY, NAMES, schema, toBody, toValues, type Values, wallOf } from "./check-values";
import { CourseLine, OutcomeBadge } from "./course";
import { AnswersInput, DialInput, KeysInput } from "./inputs";
import { useCheckDeeds } from "./use-check-deeds";
import { useLiveChecks } from "./use-live-checks";
import { useTelephones } from "./use-telephones";

export function NewCheckPage() {
  return <CheckForm id={undefined} />;
}

export function CheckPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <CheckForm key={id} id={Number(id)} />;
}

/** Where the catalogue has the words of a field. */
const WORDS: Record<string, string> = { direction: "directions", kind: "moments", weekday: "weekdays" };

function CheckForm({ id }: { id: number | undefined }) {
  const { t } = useWords("test-a-call");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const zone = useCompanyZone();
  useLiveChecks();
  const state = useRecordForm({
    resource: callChecks, id, schema, empty: EMPTY, names: NAMES,
    toValues: (check) => toValues(check, zone),
    toBody: (values: Values) => toBody(values, zone),
    pathOf: (check) => `/test-a-call/checks/${check.id}`,
  });
  return (
    <RecordForm
      state={state}
      back={{ to: "/test-a-call/checks", label: t("checks.title") }}
      newTitle={t("checks.new")}
      kind="call_check"
      badge={state.view && <OutcomeBadge outcome={state.view.outcome} />}
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (WORDS[name] ? t(`${WORDS[name]}.${word}`, word) : undefined)}
      restore={(check) => ({ ...toBody(toValues(check, zone), zone), expected: check.expected })}
      aside={state.view && <Standing check={state.view} zone={zone} edits={edits} />}
    >
      <Section title={t("checks.general")}>
        <TextField name="name" label={t("fields.name")} required maxLength={100} autoFocus={id === undefined} />
        <StatusField name="status" help={t("checks.active_more")} />
      </Section>
      <Section title={t("checks.call")} description={id === undefined ? t("checks.call_more") : t("checks.call_kept")}>
        <FieldFrame name="to" label={t("to")} required>{({ value, onChange }, marks) => <DialInput {...marks} offered="both" value={value ?? ""} onValue={onChange} placeholder="+12125550100" />}</FieldFrame>
        <FieldFrame name="from" label={t("from")} help={t("from_more")}>{({ value, onChange }, marks) => <DialInput {...marks} offered="extensions" value={value ?? ""} onValue={onChange} />}</FieldFrame>
        <SelectField name="direction" label={t("direction")} empty={t("directions.usual")} options={DIRECTIONS.map((value) => ({ value, label: t(`directions.${value}`) }))} />
        <NumberField name="message" label={t("message")} help={t("message_more")} min={1} max={MESSAGE_MAX_S} unit="s" />
        <FieldFrame name="keys" label={t("keys")} help={t("keys_more")} group>{({ value, onChange }) => <KeysInput value={(value ?? []) as string[]} onValue={onChange} disabled={!edits} />}</FieldFrame>
        <Answers disabled={!edits} />
      </Section>
      <Section title={t("when")} description={t("checks.when_more")}>
        <MomentFields disabled={!edits} />
      </Section>
    </RecordForm>
  );
}

function Answers({ disabled }: { disabled: boolean }) {
  const { t } = useWords("test-a-call");
  const to = useWatch({ name: "to" }) as string;
  const telephones = useTelephones(to);
  return <FieldFrame name="answers" label={t("who_answers")} help={t("who_answers_more")} group>{({ value, onChange }) => <AnswersInput value={value ?? {}} onValue={onChange} telephones={telephones} disabled={disabled} />}</FieldFrame>;
}

function MomentFields({ disabled }: { disabled: boolean }) {
  const { t } = useWords("test-a-call");
  const { field } = useController({ name: "moment.kind" });
  return (
    <>
      <div className={WHOLE}>
        <Segments label={t("when")} value={field.value} onValue={(kind) => !disabled && field.onChange(kind)} options={["weekly", "once", "run"].map((value) => ({ value, label: t(`moments.${value}`) }))} />
        <p className="mt-1.5 text-[13px] text-muted">{t(`moments_more.${field.value as string}`)}</p>
      </div>
      {field.value === "weekly" && (
        <>
          <SelectField name="moment.weekday" label={t("weekday")} required options={WEEKDAYS.map((value) => ({ value, label: t(`weekdays.${value}`) }))} />
          <TextField name="moment.time" label={t("time")} type="time" required />
          <TimeZoneField name="moment.zone" label={t("zone")} help={t("zone_more")} clearable className={WHOLE} />
        </>
      )}
      {field.value === "once" && <FieldFrame name="moment.at" label={t("moment")} help={t("moment_more")} required>{({ value, onChange, onBlur, ref }, marks) => <Input {...marks} ref={ref} type="datetime-local" value={value ?? ""} onBlur={onBlur} onChange={(event) => onChange(event.target.value)} />}</FieldFrame>}
    </>
  );
}

function Standing({ check, zone, edits }: { check: CallCheck; zone: string; edits: boolean }) {
  const { t } = useWords("test-a-call");
  const { run, accept } = useCheckDeeds();
  const asked = askedOf(check, (at) => wallOf(at, zone), (weekday) => nextDay(weekday, wallTime(new Date(), check.weekly?.time_zone ?? zone).slice(0, 10)));
  return (
    <Panel title={t("checks.standing")} description={check.ran_at ? <>{t("checks.last_run")} <When at={check.ran_at} relative /></> : t("checks.never_ran")}>
      <div className="space-y-4">
        {check.differences.length > 0 && (
          <Note tone={check.outcome === "failed" ? "bad" : "warn"}>
            <ul className="space-y-1 text-[13px]">{check.differences.map((one) => <li key={one}>{one}</li>)}</ul>
          </Note>
        )}
        {check.outcome === "failed" && <CourseLine label={t("checks.expected")} course={check.expected} other={check.found} />}
        {check.found && <CourseLine label={check.outcome === "failed" ? t("checks.found") : t("checks.expected_and_found")} course={check.found} other={check.outcome === "failed" ? check.expected : undefined} />}
        <div className="flex flex-wrap gap-2">
          <Button size="small" busy={run.isPending} onClick={() => run.mutate(check)}><Play aria-hidden />{t("checks.run")}</Button>
          {edits && check.outcome !== "passed" && <Button size="small" busy={accept.isPending} onClick={() => accept.mutate(check)}><Check aria-hidden />{t("checks.accept")}</Button>}
          <Button asChild size="small"><Link to="/test-a-call" search={writeAsked(asked) as never}><FlaskConical aria-hidden />{t("checks.look")}</Link></Button>
        </div>
      </div>
    </Panel>
  );
}
