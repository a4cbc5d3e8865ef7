// One's own voicemail box: what greets callers, and the PIN that opens it by telephone.

import { Link } from "@tanstack/react-router";
import { Voicemail } from "lucide-react";
import { useId, useState } from "react";
import { prompts } from "@/api/catalogue";
import { Refused, sentenceOf } from "@/api/resources";
import { Problem } from "@/fields/field";
import { RecordSelect } from "@/fields/record";
import { Button } from "@/ui/button";
import { Input } from "@/ui/input";
import { Panel } from "@/ui/panel";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";
import type { OwnBox } from "./forward-values";
import { useOwnChange } from "./own";

export function VoicemailBox({ box }: { box: OwnBox }) {
  const { t } = useWords("profile");
  const id = useId();
  const change = useOwnChange();
  const [problem, setProblem] = useState<string>();
  const greet = (prompt_id: number | null) => {
    setProblem(undefined);
    return change.mutateAsync({ what: "greeting", body: { prompt_id, voicemail_id: box.id } }).then(
      () => tell(t("greeting_saved")),
      (error: unknown) => setProblem(sentenceOf(error, t("failed.network", { ns: "app" }))),
    );
  };
  return (
    <Panel
      title={<span className="flex items-center gap-2"><Voicemail className="size-4 text-muted" aria-hidden />{box.name}</span>}
      description={t("box_more")}
      actions={<Button asChild size="small"><Link to="/voicemail">{t("hear")}</Link></Button>}
    >
      <div className="grid gap-x-5 gap-y-4 sm:grid-cols-2">
        <div>
          <label htmlFor={`${id}-greeting`} className="mb-1 block font-medium">{t("greeting")}</label>
          <RecordSelect id={`${id}-greeting`} resource={prompts} value={box.greeting_prompt_id} onValue={(next) => void greet(next)} clearable label={t("greeting_usual")} disabled={change.isPending} />
          <Problem text={problem} />
          <p className="mt-1 text-[13px] text-muted">{t("greeting_more")}</p>
        </div>
        <PinForm box={box} />
      </div>
    </Panel>
  );
}

function PinForm({ box }: { box: OwnBox }) {
  const { t } = useWords("profile");
  const id = useId();
  const change = useOwnChange();
  const [pin, setPin] = useState("");
  const [problem, setProblem] = useState<string>();
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    if (!/^\d{4,20}$/.test(pin)) return setProblem(t("pin_problem"));
    setProblem(undefined);
    void change.mutateAsync({ what: "voicemail-pin", body: { pin, voicemail_id: box.id } }).then(
      () => {
        setPin("");
        tell(t("pin_saved"));
      },
      (error: unknown) => setProblem((error instanceof Refused && error.of("pin").join(" ")) || sentenceOf(error, t("failed.network", { ns: "app" }))),
    );
  };
  return (
    <form noValidate onSubmit={submit}>
      <label htmlFor={`${id}-pin`} className="mb-1 block font-medium">{t("pin")}</label>
      <div className="flex gap-2">
        <Input id={`${id}-pin`} type="password" inputMode="numeric" autoComplete="new-password" maxLength={20} value={pin} aria-invalid={problem ? true : undefined} aria-describedby={`${id}-help`} onChange={(event) => setPin(event.target.value)} />
        <Button type="submit" busy={change.isPending} disabled={pin === ""}>{t("pin_set")}</Button>
      </div>
      <Problem text={problem} />
      <p id={`${id}-help`} className="mt-1 text-[13px] text-muted">{t("pin_more")}</p>
    </form>
  );
}
