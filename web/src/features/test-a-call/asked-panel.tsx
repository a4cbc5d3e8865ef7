// What is tested: who calls whom, when, what is pressed, and who answers.

import { Clock3 } from "lucide-react";
import { type ReactNode, useId } from "react";
import { offsetName, wallTime, zones } from "@/format/zones";
import { Button } from "@/ui/button";
import { Combobox } from "@/ui/combobox";
import { Input } from "@/ui/input";
import { Panel } from "@/ui/panel";
import { Select } from "@/ui/select";
import { Switch } from "@/ui/switch";
import { useComboboxWords } from "@/fields/choice";
import { useCompanyZone } from "@/views/when";
import { useWords } from "@/words";
import { type Asked, DIRECTIONS, MESSAGE_MAX_S, MESSAGE_S } from "./call";
import { AnswersInput, DialInput, KeysInput, type MenuHint, type Telephone, TypedInput } from "./inputs";

interface AskedPanelProps {
  asked: Asked;
  change: (changed: Partial<Asked>) => void;
  telephones: readonly Telephone[];
  hints: readonly MenuHint[];
}

export function AskedPanel({ asked, change, telephones, hints }: AskedPanelProps) {
  const { t } = useWords("test-a-call");
  const id = useId();
  return (
    <Panel>
      <div className="space-y-5">
        <Row id={`${id}to`} label={t("to")} help={t("to_more")}>
          <DialInput id={`${id}to`} aria-describedby={`${id}to-help`} required offered="both" value={asked.to} onValue={(to) => change({ to })} placeholder="+12125550100" />
        </Row>
        <Row id={`${id}from`} label={t("from")} help={t("from_more")}>
          <DialInput id={`${id}from`} aria-describedby={`${id}from-help`} offered="extensions" value={asked.from} onValue={(from) => change({ from })} placeholder="+442079460018" />
        </Row>
        <Row id={`${id}direction`} label={t("direction")}>
          <Select id={`${id}direction`} value={asked.direction ?? ""} onValue={(direction) => change({ direction: (direction || undefined) as Asked["direction"] })} empty={t("directions.usual")} options={DIRECTIONS.map((value) => ({ value, label: t(`directions.${value}`) }))} />
        </Row>
        <Time asked={asked} change={change} />
        <Row label={t("keys")} help={t("keys_more")}>
          <KeysInput value={asked.keys} onValue={(keys) => change({ keys })} hints={hints} />
        </Row>
        <Row label={t("who_answers")} help={t("who_answers_more")}>
          <AnswersInput value={asked.answers} onValue={(answers) => change({ answers })} telephones={telephones} />
        </Row>
        <div className="space-y-2">
          <div className="flex items-center gap-3">
            <Switch id={`${id}leaves`} checked={asked.message !== null} onCheckedChange={(on) => change({ message: on ? MESSAGE_S : null })} />
            <label htmlFor={`${id}leaves`} className="font-medium">{t("leaves")}</label>
          </div>
          {asked.message !== null && (
            <label className="flex items-center gap-2 text-[13px] text-muted">
              <TypedInput type="number" min={1} max={MESSAGE_MAX_S} value={String(asked.message)} onValue={(text) => change({ message: Math.min(MESSAGE_MAX_S, Math.max(1, Math.round(Number(text)) || MESSAGE_S)) })} className="w-24" />
              {t("message_seconds")}
            </label>
          )}
        </div>
      </div>
    </Panel>
  );
}

function Row({ id, label, help, children }: { id?: string; label: string; help?: string; children: ReactNode }) {
  const own = useId();
  const group = id === undefined ? { role: "group", "aria-labelledby": `${own}-label` } : {};
  return (
    <div {...group}>
      {id ? <label htmlFor={id} className="mb-1 block font-medium">{label}</label> : <p id={`${own}-label`} className="mb-1 font-medium">{label}</p>}
      {children}
      {help && <p id={id && `${id}-help`} className="mt-1 text-[13px] text-muted">{help}</p>}
    </div>
  );
}

function Time({ asked, change }: Pick<AskedPanelProps, "asked" | "change">) {
  const { t } = useWords("test-a-call");
  const words = useComboboxWords();
  const company = useCompanyZone();
  const zone = asked.zone ?? company;
  const now = new Date();
  const choices = zones().map((name) => ({ value: name, label: name.replaceAll("_", " "), detail: offsetName(now, name) }));
  const set = (date: string, time: string) => date && time && change({ at: `${date}T${time}`, zone: asked.zone });
  const wall = asked.at ?? wallTime(now, zone);
  return (
    <div role="group" aria-label={t("when")}>
      <div className="mb-1 flex items-baseline">
        <p className="grow font-medium">{t("when")}</p>
        {asked.at ? <Button look="link" size="small" className="h-5 px-0" onClick={() => change({ at: undefined, zone: undefined })}><Clock3 aria-hidden />{t("take_now")}</Button> : <span className="text-[13px] text-muted">{t("now")}</span>}
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)_7.5rem] gap-2">
        <Input type="date" aria-label={t("date")} value={wall.slice(0, 10)} onChange={(event) => set(event.target.value, wall.slice(11))} />
        <Input type="time" aria-label={t("time")} value={wall.slice(11)} onChange={(event) => set(wall.slice(0, 10), event.target.value)} />
        <div className="col-span-2">
          <Combobox value={zone} valueLabel={zone} onValue={(next) => change({ at: wall, zone: next && next !== company ? next : undefined })} choices={choices} ariaLabel={t("zone")} words={words} />
        </div>
      </div>
    </div>
  );
}
