// Do not disturb, which holds at once.

import { BellOff, BellRing } from "lucide-react";
import { sentenceOf } from "@/api/resources";
import { Switch } from "@/ui/switch";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";
import type { OwnExtension } from "./forward-values";
import { useOwnChange } from "./own";

export function Peace({ extension }: { extension: OwnExtension }) {
  const { t } = useWords("profile");
  const change = useOwnChange();
  const set = (enabled: boolean) =>
    change.mutateAsync({ what: "do-not-disturb", body: { enabled, extension_id: extension.id } }).then(
      () => tell(t(enabled ? "peace_on" : "peace_off")),
      (error: unknown) => tell(sentenceOf(error, t("failed.network", { ns: "app" })), { tone: "bad" }),
    );
  const isOn = extension.do_not_disturb;
  const Icon = isOn ? BellOff : BellRing;
  const id = `peace-${extension.id}`;
  return (
    <div className="flex flex-wrap items-center gap-4 rounded-2xl border bg-surface p-5 shadow-xs">
      <span className={`flex size-11 shrink-0 items-center justify-center rounded-xl ${isOn ? "bg-warn-soft text-warn" : "bg-good-soft text-good"}`}><Icon className="size-5" aria-hidden /></span>
      <div className="min-w-0 grow">
        <p className="text-[15px] font-semibold tabular-nums">{extension.extension_number} {extension.name}</p>
        <p className="text-muted">{t(isOn ? "peace_is_on" : "peace_is_off")}</p>
      </div>
      <div className="flex items-center gap-3">
        <label htmlFor={id} className="font-medium">{t("peace")}</label>
        <Switch id={id} checked={isOn} disabled={change.isPending} onCheckedChange={(on) => void set(on)} />
      </div>
    </div>
  );
}
