// Keeps the tested call as a check: what happens now is what is expected from here on.

import { useNavigate } from "@tanstack/react-router";
import { useId, useState } from "react";
import { callChecks } from "@/api/catalogue";
import { Refused, sentenceOf, useSave } from "@/api/resources";
import { instant } from "@/format";
import { instantOf, wallTime } from "@/format/zones";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Input } from "@/ui/input";
import { Note } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { useCompanyZone } from "@/views/when";
import { useWords } from "@/words";
import { type Asked, type Moment, momentBody, toWanted, weekdayOf } from "./call";

export function SaveCheck({ asked, onClose }: { asked: Asked; onClose: () => void }) {
  const { t } = useWords("test-a-call");
  const id = useId();
  const go = useNavigate();
  const company = useCompanyZone();
  const save = useSave(callChecks);
  const zone = asked.zone ?? company;
  const wall = asked.at ?? wallTime(new Date(), zone);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Moment["kind"]>("weekly");
  const [problem, setProblem] = useState<string>();
  const weekday = weekdayOf(wall);
  const moments: Record<Moment["kind"], Moment> = {
    weekly: { kind: "weekly", weekday, time: wall.slice(11), zone: asked.zone ?? null },
    once: { kind: "once", at: wall, zone },
    run: { kind: "run" },
  };
  const shown = {
    weekly: t("each_week", { weekday: t(`weekdays.${weekday}`), time: wall.slice(11), zone: zone.replaceAll("_", " ") }),
    once: instant(instantOf(wall, zone).toISOString(), zone),
    run: t("moments_more.run"),
  };
  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    const { at: _, ...wanted } = toWanted(asked, company);
    try {
      const { view } = await save.mutateAsync({ body: { ...wanted, name: name.trim(), ...momentBody(moments[kind]) } });
      tell(t("checks.saved", { name: view.name }), { action: { label: t("checks.open"), run: () => void go({ to: `/test-a-call/checks/${view.id}` }) } });
      onClose();
    } catch (error) {
      setProblem((error instanceof Refused && Object.values(error.problem.errors ?? {}).flat().join(" ")) || sentenceOf(error, t("failed.network", { ns: "app" })));
    }
  };
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={t("save_check")} description={t("save_check_more")} closeLabel={t("close", { ns: "app" })}>
      <form onSubmit={(event) => void submit(event)} className="space-y-4">
        {problem && <Note tone="bad">{problem}</Note>}
        <div>
          <label htmlFor={id} className="mb-1 block font-medium">{t("fields.name")}</label>
          <Input id={id} autoFocus required maxLength={100} value={name} onChange={(event) => setName(event.target.value)} placeholder={t("name_example")} />
        </div>
        <fieldset>
          <legend className="mb-1 font-medium">{t("when")}</legend>
          <div className="space-y-2">
            {(["weekly", "once", "run"] as const).map((one) => (
              <label key={one} className="flex cursor-pointer gap-3 rounded-xl border p-3 has-checked:border-accent has-checked:bg-accent-soft/60 has-focus-visible:outline-2 has-focus-visible:outline-ring">
                <input type="radio" name={`${id}moment`} className="mt-0.5 accent-accent" checked={kind === one} onChange={() => setKind(one)} />
                <span>
                  <span className="block font-medium">{t(`moments.${one}`)}</span>
                  <span className="block text-[13px] text-muted">{shown[one]}</span>
                </span>
              </label>
            ))}
          </div>
        </fieldset>
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>{t("cancel", { ns: "app" })}</Button>
          <Button type="submit" look="primary" busy={save.isPending}>{t("save_check")}</Button>
        </div>
      </form>
    </Dialog>
  );
}
