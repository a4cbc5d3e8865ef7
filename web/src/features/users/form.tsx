// One user: who it is, what they may do, and how they get in.

import { Link, useParams } from "@tanstack/react-router";
import { Link2, Phone } from "lucide-react";
import { type User, users } from "@/api/catalogue";
import { useMe, useRole } from "@/api/session";
import { AddressFields, MannerFields } from "@/fields/address";
import { StatusField } from "@/fields/choice";
import { TextField } from "@/fields/text";
import { Badge } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { RecordForm } from "@/views/form/record-form";
import { Section, WHOLE } from "@/views/form/section";
import { useRecordForm } from "@/views/form/use-record-form";
import { ShownOnce } from "@/views/shown-once";
import { useWords } from "@/words";
import { Entry, NewEntry } from "./entry";
import { RoleField } from "./role-field";
import { type Link as Invitation, useInvitation } from "./use-invitation";
import { useIsLastOwner } from "./use-last-owner";
import { EMPTY, manages, newSchema, schema, toBody, toValues } from "./values";

export function NewUserPage() {
  return <UserForm id={undefined} />;
}

export function UserPage() {
  const { id } = useParams({ strict: false }) as { id: string };
  return <UserForm key={id} id={Number(id)} />;
}

function UserForm({ id }: { id: number | undefined }) {
  const { t } = useWords("users");
  const me = useMe();
  const { role } = useRole();
  const invitation = useInvitation();
  const state = useRecordForm({
    resource: users,
    id,
    schema: id === undefined ? newSchema : schema,
    empty: EMPTY,
    toValues,
    toBody,
    pathOf: (user) => `/users/${user.id}`,
    // The link is told by the answer that made the user, and by no other: the form waits until it was seen.
    onSaved: (user, answer) => {
      const link = answer["invitation"] as Invitation | undefined;
      return link && new Promise<void>((seen) => invitation.show(user, link, seen));
    },
  });
  const user = state.view;
  const isOwn = id === me.id;
  const isMine = id === undefined || isOwn || (user !== undefined && manages(role, user.role));
  const isLast = useIsLastOwner(user);
  return (
    <>
      <RecordForm
        state={state}
        back={{ to: "/users", label: t("title") }}
        newTitle={t("new")}
        kind="user"
        badge={user && <Badges user={user} isOwn={isOwn} />}
        actions={
          user && (
            <>
              {user.extension && <Button asChild><Link to={`/extensions/${user.extension.id}`}><Phone aria-hidden />{user.extension.extension_number}</Link></Button>}
              {!isOwn && isMine && user.status === "active" && <Button busy={invitation.busy} onClick={() => void invitation.ask(user)}><Link2 aria-hidden />{t("invite")}</Button>}
            </>
          )
        }
        readOnly={!isMine}
        canDelete={isMine && !isOwn && !isLast}
        fieldName={(name) => t(`fields.${name}`, name)}
      >
        {user && !isMine && <Note>{t("not_yours")}</Note>}
        {isOwn && <Note actions={<Button asChild size="small"><Link to="/profile">{t("to_profile")}</Link></Button>}>{t("own")}</Note>}
        {isLast && <Note tone="warn">{t("last_owner")}</Note>}
        <Section title={t("person")}>
          <TextField name="name" label={t("name")} required maxLength={255} autoFocus={id === undefined} />
          <TextField name="email" type="email" inputMode="email" label={t("email")} help={t("email_more")} required maxLength={254} />
          {id !== undefined && !isOwn && <StatusField name="status" help={t("status_more")} disabled={isLast} className={WHOLE} />}
        </Section>
        <Section title={t("role")} description={t("role_more")}>
          <RoleField disabled={isOwn || isLast} />
        </Section>
        {id === undefined ? <NewEntry /> : !isOwn && <Entry />}
        <Section title={t("manner")} description={t("manner_more")}>
          <MannerFields />
        </Section>
        <Section title={t("contact")}>
          <AddressFields />
        </Section>
      </RecordForm>
      <ShownOnce once={invitation.once} onClose={invitation.close} />
    </>
  );
}

function Badges({ user, isOwn }: { user: User; isOwn: boolean }) {
  const { t } = useWords("users");
  return (
    <>
      <Badge dot tone={user.status === "active" ? "good" : "neutral"}>{t(user.status, { ns: "app" })}</Badge>
      {isOwn && <Badge tone="accent">{t("you")}</Badge>}
      {user.password_reset_required && <Badge tone="warn">{t("must_choose")}</Badge>}
    </>
  );
}
