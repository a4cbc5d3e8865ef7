// What somebody may do: the roles in words, those that are not one's own to give among them but closed.

import { Check, Minus } from "lucide-react";
import { type Role, ROLES, useRole } from "@/api/session";
import { FieldFrame } from "@/fields/field";
import { classes } from "@/ui/classes";
import { WHOLE } from "@/views/form/section";
import { useWords } from "@/words";
import { rolesGivenBy } from "./values";

/** What each role may, as the cards tell it. */
const RIGHTS: Record<Role, readonly ["calls" | "configure" | "people" | "company" | "own", boolean][]> = {
  owner: [["calls", true], ["configure", true], ["people", true], ["company", true]],
  pbx_admin: [["calls", true], ["configure", true], ["people", true], ["company", false]],
  pbx_user: [["own", true], ["calls", true], ["configure", false], ["people", false]],
  reporter: [["calls", true], ["configure", false], ["people", false], ["company", false]],
};

export function RoleField({ disabled }: { disabled?: boolean }) {
  const { t } = useWords("users");
  const { role } = useRole();
  const given = rolesGivenBy(role);
  return (
    <FieldFrame name="role" label={<span className="sr-only">{t("role")}</span>} required disabled={disabled} group className={classes(WHOLE, "-mt-2")}>
      {({ value, onChange, name }, marks) => (
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
          {ROLES.map((one) => {
            const isOpen = given.includes(one) && !marks.disabled;
            return (
              <label key={one} className={classes("flex flex-col rounded-xl border p-3.5 has-checked:border-accent has-checked:bg-accent-soft/60 has-focus-visible:outline-2 has-focus-visible:outline-ring", isOpen ? "cursor-pointer" : value !== one && "opacity-60")}>
                <span className="flex items-center gap-2.5 font-medium">
                  <input type="radio" name={name} className="accent-accent" checked={value === one} disabled={!isOpen} onChange={() => onChange(one)} />
                  {t(`roles.${one}`, { ns: "app" })}
                </span>
                <span className="mt-1 block text-[13px] text-muted">{t(`roles_more.${one}`)}</span>
                <ul className="mt-2.5 space-y-1 text-[13px]">
                  {RIGHTS[one].map(([right, may]) => (
                    <li key={right} className={classes("flex items-start gap-1.5", !may && "text-muted")}>
                      {may ? <Check className="mt-0.5 size-3.5 shrink-0 text-good" aria-hidden /> : <Minus className="mt-0.5 size-3.5 shrink-0" aria-hidden />}
                      <span><span className="sr-only">{t(may ? "may" : "may_not")} </span>{t(`rights.${right}`)}</span>
                    </li>
                  ))}
                </ul>
              </label>
            );
          })}
        </div>
      )}
    </FieldFrame>
  );
}
