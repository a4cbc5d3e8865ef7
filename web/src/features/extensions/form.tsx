// One extension.

import { useParams } from "@tanstack/react-router";
import { ListTree, Phone } from "lucide-react";
import { useWatch } from "react-hook-form";
import { type Extension, extensions, users } from "@/api/catalogue";
import { useMe, useRole } from "@/api/session";
import { CardsField, StatusField } from "@/fields/choice";
import { DestinationField } from "@/fields/destination";
import { RecordField } from "@/fields/record";
import { RecordingPolicyFields } from "@/fields/recording-policy";
import { TextField } from "@/fields/text";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { useWords } from "@/words";
import { CarrierPanel } from "./carrier";
import { ForwardsSection, OutsideSection, RingingSection } from "./sections";
import { TelephonePanel } from "./telephone";
import { EMPTY, NAMES, schema, toChange, toNew, toOwnChange, toValues } from "./values";

export function NewExtensionPage() {
  return <ExtensionForm id={undefined} />;
}

export function ExtensionPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <ExtensionForm key={id} id={Number(id)} />;
}

function ExtensionForm({ id }: { id: number | undefined }) {
  const { t } = useWords("extensions");
  const { is } = useRole();
  const me = useMe();
  const edits = is("owner", "pbx_admin");
  const state = useRecordForm({
    resource: extensions,
    id,
    schema,
    empty: EMPTY,
    toValues,
    toBody: (values, before) => (!before ? toNew(values) : edits ? toChange(values) : toOwnChange(values)),
    names: NAMES,
    pathOf: (extension) => `/extensions/${extension.id}`,
  });
  const { view } = state;
  const isOwn = view?.user_id === me.id && is("pbx_user");
  return (
    <RecordForm
      state={state}
      back={{ to: "/extensions", label: t("title") }}
      newTitle={t("new")}
      kind="extension"
      description={view?.user?.name}
      readOnly={!edits && !isOwn}
      canDelete={edits}
      fieldName={(name) => t(`fields.${name}`, name)}
      fieldWord={(name, word) => (name === "kind" ? t(word) : undefined)}
      // A telephone's password is gone with it; a short number comes back as it was.
      restore={view && view.type !== "user" ? (extension: Extension) => toNew(toValues(extension)) : undefined}
      aside={view?.type === "user" && (!is("pbx_user") || isOwn) && <><TelephonePanel key={view.id} extension={view} /><CarrierPanel extension={view} /></>}
    >
      <Fields isNew={id === undefined} edits={edits} />
    </RecordForm>
  );
}

function Fields({ isNew, edits }: { isNew: boolean; edits: boolean }) {
  const { t } = useWords("extensions");
  const { is } = useRole();
  const isPerson = useWatch({ name: "kind" }) === "person";
  return (
    <>
      <Section title={t("general")}>
        <TextField name="extension_number" label={t("number")} help={t(isNew ? "number_more" : "number_stays")} required disabled={!isNew} inputMode="numeric" maxLength={5} autoFocus={isNew} />
        <TextField name="name" label={t("name")} required maxLength={100} disabled={!edits} />
        <CardsField
          name="kind"
          label={t("rings")}
          required
          disabled={!edits}
          className={WHOLE}
          options={[
            { value: "person", label: t("person"), more: t("person_more"), icon: <Phone aria-hidden /> },
            { value: "short", label: t("short"), more: t("short_more"), icon: <ListTree aria-hidden /> },
          ]}
        />
        {isPerson && edits && <RecordField name="user_id" label={t("user")} help={t("user_more")} resource={users} detail={(user) => user.email} clearable />}
        {!isPerson && <DestinationField name="rings" label={t("rings_what")} required disabled={!edits} className={WHOLE} />}
        <StatusField name="status" disabled={!edits} />
      </Section>
      {isPerson && (
        <>
          <RingingSection edits={edits} />
          <ForwardsSection />
          {!is("pbx_user") && (
            <>
              <OutsideSection edits={edits} />
              <Section title={t("recording")} description={t("recording_more")}>
                <RecordingPolicyFields disabled={!edits} />
              </Section>
            </>
          )}
        </>
      )}
    </>
  );
}
