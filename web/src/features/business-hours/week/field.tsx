// The opening times of a week, drawn by hand and written exactly.

import { LayoutTemplate } from "lucide-react";
import { useWatch } from "react-hook-form";
import { FieldFrame } from "@/fields/field";
import { wallTime } from "@/format/zones";
import { Button } from "@/ui/button";
import { Menu, MenuItem, MenuLabel } from "@/ui/menu";
import { tell } from "@/ui/toast";
import { split, weekdayOf } from "@/views/hours/status";
import { useNow } from "@/views/hours/use-now";
import { useCompanyZone } from "@/views/when";
import { useWords } from "@/words";
import { Grid } from "./grid";
import { type Template, TEMPLATES, type Week } from "./shape";

export function WeekField({ className, readOnly }: { className?: string; readOnly: boolean }) {
  const { t } = useWords("business-hours");
  const now = useNowIn();
  return (
    <FieldFrame name="week" label={<span className="sr-only">{t("week")}</span>} required group className={className}>
      {({ value, onChange }) => (
        <>
          {!readOnly && (
            <div className="-mt-1 mb-3 flex flex-wrap items-center gap-x-4 gap-y-2">
              <Templates onTemplate={(template) => {
                onChange(TEMPLATES[template]);
                tell(t("template_set", { name: t(`templates.${template}`) }), { action: { label: t("undo", { ns: "app" }), run: () => onChange(value) } });
              }} />
              <p className="text-[13px] text-muted max-md:hidden">{t("week_how")}</p>
            </div>
          )}
          <Grid week={value as Week} onWeek={onChange} readOnly={readOnly} now={now} />
        </>
      )}
    </FieldFrame>
  );
}

function Templates({ onTemplate }: { onTemplate: (template: Template) => void }) {
  const { t } = useWords("business-hours");
  return (
    <Menu align="start" trigger={<Button size="small"><LayoutTemplate aria-hidden />{t("template")}</Button>}>
      <MenuLabel>{t("template_more")}</MenuLabel>
      {(Object.keys(TEMPLATES) as Template[]).map((template) => (
        <MenuItem key={template} onSelect={() => onTemplate(template)}>{t(`templates.${template}`)}</MenuItem>
      ))}
    </Menu>
  );
}

/** Where the schedule's own clock is in its week. */
function useNowIn(): { day: number; minute: number } {
  const company = useCompanyZone();
  const zone = (useWatch({ name: "timezone" }) as string | null) ?? company;
  const [date, minute] = split(wallTime(useNow(), zone));
  return { day: weekdayOf(date), minute };
}
