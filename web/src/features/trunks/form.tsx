// One trunk.

import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useController } from "react-hook-form";
import { z } from "zod";
import { type AnswerOf, type NewOf, type Trunk, trunks } from "@/api/catalogue";
import { ask } from "@/api/resources";
import { useRole } from "@/api/session";
import { StatusField } from "@/fields/choice";
import { INHERITED_RECORDING, RecordingPolicyFields, recordingPolicy, recordingPolicyOf } from "@/fields/recording-policy";
import { TextField } from "@/fields/text";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Panel } from "@/ui/panel";
import { RecordForm } from "@/views/form/record-form";
import { Section } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";

const schema = z.object({
  name: z.string().trim().min(1, "problems.required").max(255, "problems.long"),
  engine_name: z.string().trim().min(1, "problems.required").max(255, "problems.long"),
  ...recordingPolicy,
  status: z.enum(["active", "inactive"]),
});
type Values = z.infer<typeof schema>;

const EMPTY: Values = { name: "", engine_name: "", ...INHERITED_RECORDING, status: "active" };

function toValues(trunk: Trunk): Values {
  const { name, engine_name, status } = trunk;
  return { name, engine_name, ...recordingPolicyOf(trunk), status };
}

export function NewTrunkPage() {
  return <TrunkForm id={undefined} />;
}

export function TrunkPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <TrunkForm key={id} id={Number(id)} />;
}

function TrunkForm({ id }: { id: number | undefined }) {
  const { t } = useWords("trunks");
  const { is } = useRole();
  const edits = is("owner", "pbx_admin");
  const state = useRecordForm({ resource: trunks, id, schema, empty: EMPTY, toValues, toBody: (values): NewOf<"/api/v1/trunks"> => values, pathOf: (trunk) => `/trunks/${trunk.id}` });
  return (
    <RecordForm
      state={state}
      back={{ to: "/trunks", label: t("title") }}
      newTitle={t("new")}
      kind="trunk"
      readOnly={!edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      restore={toValues}
      aside={edits && <CarrierTrunks />}
    >
      <Section title={t("general")}>
        <TextField name="name" label={t("name")} required maxLength={255} autoFocus={id === undefined} />
        <TextField name="engine_name" label={t("engine_name")} help={t("engine_name_more")} required maxLength={255} />
        <StatusField name="status" />
      </Section>
      <Section title={t("recording")} description={t("recording_more")}>
        <RecordingPolicyFields disabled={!edits} />
      </Section>
    </RecordForm>
  );
}

/** What the carrier itself has, so that nobody copies a name by eye. */
function CarrierTrunks() {
  const { t } = useWords("trunks");
  const { field } = useController({ name: "engine_name" });
  const carrier = useQuery({
    queryKey: ["carrier-trunks"],
    queryFn: async ({ signal }) => (await ask<AnswerOf<"/api/v1/settings/cloudonix/outbound-trunks">>("get", "settings/cloudonix/outbound-trunks", { signal })).data,
    retry: false,
  });
  return (
    <Panel title={t("carrier")} description={t("carrier_more")} actions={<Button size="small" busy={carrier.isFetching} onClick={() => void carrier.refetch()}>{t("carrier_ask")}</Button>}>
      {carrier.isError && <p className="text-muted">{t("carrier_failed")}</p>}
      {carrier.data?.trunks.length === 0 && <p className="text-muted">{t("carrier_none")}</p>}
      <ul className="space-y-1.5">
        {carrier.data?.trunks.map((trunk) => (
          <li key={trunk.id} className="flex items-center gap-2">
            <Button look="ghost" size="small" className="min-w-0 grow justify-start" onClick={() => field.onChange(trunk.name)}><code className="truncate">{trunk.name}</code></Button>
            <Badge tone={trunk.active ? "good" : "neutral"}>{t(trunk.active ? "active" : "inactive", { ns: "app" })}</Badge>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
