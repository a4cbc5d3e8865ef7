// A new sound for the library: spoken here, sent as a file, or fetched from an address.

import { FileUp, Link2, Mic } from "lucide-react";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import type { Recording as RecordingView } from "@/api/catalogue";
import { Refused, sentenceOf } from "@/api/resources";
import { percent } from "@/format";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Input } from "@/ui/input";
import { Note } from "@/ui/panel";
import { Segments } from "@/ui/tabs";
import { useWords } from "@/words";
import { Problem } from "../field";
import { Drop } from "./drop";
import { Recording } from "./recording";
import type { Taken } from "./use-recorder";
import { fileNameOf, useSending } from "./use-sending";

export type Source = "record" | "upload" | "address";

interface NewSoundProps {
  /** What it is called unless another name is written. */
  name?: string;
  source?: Source;
  onCreated: (sound: RecordingView) => void;
  /** Beside the button that creates it. */
  actions?: ReactNode;
}

const NAME_MAX = 255;

export function NewSound({ name: proposed = "", source: first = "record", onCreated, actions }: NewSoundProps) {
  const { t } = useWords();
  const id = useId();
  const sending = useSending();
  const [source, setSource] = useState<Source>(first);
  const [name, setName] = useState(proposed);
  const [taken, setTaken] = useState<Taken>();
  const [file, setFile] = useState<File>();
  const [url, setUrl] = useState("");
  const [problems, setProblems] = useState<{ name?: string; sound?: string; whole?: string }>({});
  const choose = (chosen: File | undefined) => {
    setFile(chosen);
    if (chosen && name === "") setName(chosen.name.replace(/\.\w+$/, ""));
  };
  const judge = () => ({
    ...(name.trim() === "" && { name: "problems.required" }),
    ...(source === "record" && !taken && { sound: "sound.nothing_recorded" }),
    ...(source === "upload" && !file && { sound: "sound.no_file" }),
    ...(source === "address" && !/^https?:\/\/\S+$/.test(url.trim()) && { sound: "problems.url" }),
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    // The page around it may be a form of its own.
    event.stopPropagation();
    const wrong = judge();
    setProblems(wrong);
    if (Object.keys(wrong).length > 0) return;
    const called = name.trim();
    try {
      const sound =
        source === "record" && taken ? { name: called, file: taken.file, fileName: fileNameOf(called) }
        : source === "upload" && file ? { name: called, file, fileName: file.name }
        : { name: called, url: url.trim() };
      onCreated(await sending.create.mutateAsync(sound));
    } catch (error) {
      const said = (field: string) => (error instanceof Refused ? error.of(field).join(" ") : "") || undefined;
      const placed = { name: said("name"), sound: said("file") ?? said("remote_url") };
      setProblems(placed.name || placed.sound ? placed : { whole: sentenceOf(error, t("failed.network")) });
    }
  };
  const busy = sending.create.isPending;
  return (
    <form noValidate onSubmit={(event) => void submit(event)} className="space-y-4">
      {problems.whole && <Note tone="bad">{problems.whole}</Note>}
      <div>
        <label htmlFor={`${id}-name`} className="mb-1 block font-medium">{t("sound.name")}</label>
        <Input id={`${id}-name`} value={name} maxLength={NAME_MAX} aria-required aria-invalid={problems.name ? true : undefined} aria-describedby={`${id}-name-problem`} onChange={(event) => setName(event.target.value)} />
        <Problem id={`${id}-name-problem`} text={problems.name} />
      </div>
      <Segments
        label={t("sound.source")}
        value={source}
        onValue={(next) => {
          setSource(next as Source);
          setProblems({});
        }}
        options={[
          { value: "record", label: <Way icon={<Mic aria-hidden />} text={t("sound.sources.record")} /> },
          { value: "upload", label: <Way icon={<FileUp aria-hidden />} text={t("sound.sources.upload")} /> },
          { value: "address", label: <Way icon={<Link2 aria-hidden />} text={t("sound.sources.address")} /> },
        ]}
      />
      {source === "record" && <Recording onTaken={setTaken} />}
      {source === "upload" && <Drop file={file} onFile={choose} label={t("sound.drop")} />}
      {source === "address" && (
        <div>
          <label htmlFor={`${id}-url`} className="mb-1 block font-medium">{t("sound.address")}</label>
          <Input id={`${id}-url`} type="url" inputMode="url" placeholder="https://" value={url} aria-invalid={problems.sound ? true : undefined} aria-describedby={`${id}-url-help ${id}-sound-problem`} onChange={(event) => setUrl(event.target.value)} />
          <p id={`${id}-url-help`} className="mt-1 text-[13px] text-muted">{t("sound.address_more")}</p>
        </div>
      )}
      <Problem id={`${id}-sound-problem`} text={problems.sound} />
      {busy && <Progress part={sending.progress} />}
      <div className="flex flex-wrap justify-end gap-2">
        {actions}
        <Button type="submit" look="primary" busy={busy}>{t("sound.keep")}</Button>
      </div>
    </form>
  );
}

function Way({ icon, text }: { icon: ReactNode; text: string }) {
  return <span className="flex items-center gap-1.5 [&_svg]:size-3.5">{icon}{text}</span>;
}

/** How far a file is; without a part, the server is at it. */
export function Progress({ part }: { part: number | undefined }) {
  const { t } = useWords();
  const sent = part === undefined || part >= 1;
  return (
    <div>
      <div role="progressbar" aria-label={t("sound.sending")} aria-valuemin={0} aria-valuemax={100} aria-valuenow={sent ? undefined : Math.round((part ?? 0) * 100)} className="h-1.5 overflow-hidden rounded-full bg-line">
        <div className={sent ? "h-full w-full animate-pulse bg-accent" : "h-full bg-accent transition-[width]"} style={sent ? undefined : { width: `${(part ?? 0) * 100}%` }} />
      </div>
      <p className="mt-1 text-[13px] text-muted tabular-nums">{sent ? t("sound.judged") : t("sound.sent", { part: percent(part ?? 0) })}</p>
    </div>
  );
}

interface NewSoundDialogProps extends Omit<NewSoundProps, "actions"> {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

export function NewSoundDialog({ open, onOpenChange, onCreated, ...props }: NewSoundDialogProps) {
  const { t } = useWords();
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title={t("sound.new")} description={t("sound.new_more")} closeLabel={t("close")}>
      <NewSound
        {...props}
        onCreated={(sound) => {
          onCreated(sound);
          onOpenChange(false);
        }}
        actions={<Button onClick={() => onOpenChange(false)}>{t("cancel")}</Button>}
      />
    </Dialog>
  );
}
