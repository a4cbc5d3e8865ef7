// Headers that are sent with each delivery. They are kept as a secret: what is there is replaced as a whole, never shown.

import { Plus, X } from "lucide-react";
import { useController, useFormState } from "react-hook-form";
import { Problem } from "@/fields/field";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { WHOLE } from "@/views/form/section";
import { useWords } from "@/words";
import { HEADERS_MAX } from "./webhook-values";

interface Header {
  name: string;
  value: string;
}

export function HeadersField({ isNew }: { isNew: boolean }) {
  const { t } = useWords("settings");
  const { field } = useController({ name: "headers" });
  const { errors } = useFormState({ name: "headers" });
  const problems = errors["headers"] as ({ message?: string } & { [at: number]: { name?: { message?: string }; value?: { message?: string } } }) | undefined;
  const headers = field.value as Header[] | null;
  const change = (at: number, part: Partial<Header>) => field.onChange(headers?.map((one, place) => (place === at ? { ...one, ...part } : one)));
  if (headers === null) {
    return (
      <div className={`${WHOLE} flex flex-wrap items-center gap-3 text-muted`}>
        <p className="min-w-0 grow basis-64">{t("hooks.headers_kept")}</p>
        <Button size="small" onClick={() => field.onChange([])}>{t("hooks.headers_replace")}</Button>
      </div>
    );
  }
  return (
    <div className={`${WHOLE} space-y-2`} data-field="headers">
      {headers.map((header, at) => (
        <div key={at} className="grid grid-cols-[minmax(0,2fr)_minmax(0,3fr)_auto] items-start gap-2">
          {(["name", "value"] as const).map((part) => (
            <div key={part}>
              <Input
                aria-label={t(`hooks.header_${part}_of`, { number: at + 1 })}
                aria-invalid={problems?.[at]?.[part] ? true : undefined}
                placeholder={part === "name" ? "Authorization" : "Bearer …"}
                autoComplete="off"
                type="text"
                value={header[part]}
                onBlur={field.onBlur}
                onChange={(event) => change(at, { [part]: event.target.value })}
              />
              <Problem text={problems?.[at]?.[part]?.message} />
            </div>
          ))}
          <Button look="ghost" size="icon" aria-label={t("hooks.header_remove", { number: at + 1 })} onClick={() => field.onChange(headers.filter((_, place) => place !== at))}><X aria-hidden /></Button>
        </div>
      ))}
      <Problem text={problems?.message} />
      <div className="flex flex-wrap items-center gap-2">
        {headers.length < HEADERS_MAX && <Button size="small" onClick={() => field.onChange([...headers, { name: "", value: "" }])}><Plus aria-hidden />{t("hooks.header_add")}</Button>}
        {!isNew && <Button size="small" look="ghost" onClick={() => field.onChange(null)}>{t("hooks.headers_keep")}</Button>}
        {!isNew && headers.length === 0 && <p className="text-[13px] text-warn">{t("hooks.headers_none")}</p>}
      </div>
    </div>
  );
}
