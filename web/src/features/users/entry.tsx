// How somebody gets in: by a link of theirs, or with a password that was set for them.

import { Mail, RectangleEllipsis } from "lucide-react";
import { useWatch } from "react-hook-form";
import { CardsField, SwitchField } from "@/fields/choice";
import { SecretField } from "@/fields/text";
import { Section, WHOLE } from "@/views/form/section";
import { useWords } from "@/words";

export function NewEntry() {
  const { t } = useWords("users");
  const entry = useWatch({ name: "entry" }) as string;
  return (
    <Section title={t("entry")} description={t("entry_more")}>
      <CardsField
        name="entry"
        label={t("entry_by")}
        required
        className={WHOLE}
        options={[
          { value: "invitation", label: t("by_invitation"), more: t("by_invitation_more"), icon: <Mail aria-hidden /> },
          { value: "password", label: t("by_password"), more: t("by_password_more"), icon: <RectangleEllipsis aria-hidden /> },
        ]}
      />
      {entry === "password" && <Password isRequired />}
    </Section>
  );
}

export function Entry() {
  const { t } = useWords("users");
  return (
    <Section title={t("entry")} description={t("entry_change")}>
      <Password />
    </Section>
  );
}

function Password({ isRequired }: { isRequired?: boolean }) {
  const { t } = useWords("users");
  return (
    <>
      <SecretField name="password" label={t("password")} help={t("weak")} required={isRequired} />
      <SwitchField name="password_reset_required" label={t("reset")} help={t("reset_more")} className="sm:pt-6" />
    </>
  );
}
