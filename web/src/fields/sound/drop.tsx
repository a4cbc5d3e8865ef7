// A file to send: dropped here or chosen, and looked at before anything is sent.

import { FileAudio, UploadCloud, X } from "lucide-react";
import { useEffect, useId, useState } from "react";
import { bytes } from "@/format";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { useWords } from "@/words";
import { Problem } from "../field";
import { Player } from "./player";

/** As the server takes it. */
export const FILE_BYTES_MAX = 5 * 1024 * 1024;
const TAKEN = ".mp3,.wav,audio/mpeg,audio/wav,audio/x-wav,audio/wave";

/** What is wrong with a file, as a key of the catalogue; the server looks into it once more. */
export function problemOfFile(file: Pick<File, "name" | "type" | "size">): string | undefined {
  if (!/\.(mp3|wav)$/i.test(file.name) && !TAKEN.split(",").includes(file.type)) return "sound.wrong_kind";
  if (file.size > FILE_BYTES_MAX) return "sound.too_large";
  return undefined;
}

export function Drop({ file, onFile, label }: { file: File | undefined; onFile: (file: File | undefined) => void; label: string }) {
  const { t } = useWords();
  const id = useId();
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<string>();
  const url = useAddress(file);
  const take = (chosen: File | undefined) => {
    setOver(false);
    if (!chosen) return;
    const wrong = problemOfFile(chosen);
    setProblem(wrong);
    onFile(wrong ? undefined : chosen);
  };
  if (file && url) {
    return (
      <div className="rounded-xl border bg-sunken/60 p-4">
        <div className="mb-3 flex items-center gap-3">
          <FileAudio className="size-5 shrink-0 text-muted" aria-hidden />
          <span className="min-w-0 grow truncate font-medium">{file.name}</span>
          <span className="text-[13px] text-muted tabular-nums">{bytes(file.size)}</span>
          <Button look="ghost" size="tiny" aria-label={t("sound.other_file")} onClick={() => onFile(undefined)}><X aria-hidden /></Button>
        </div>
        <Player src={url} name={file.name} />
      </div>
    );
  }
  return (
    <div>
      <label
        htmlFor={id}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          take(event.dataTransfer.files[0]);
        }}
        className={classes(
          "flex cursor-pointer flex-col items-center rounded-xl border border-dashed border-line-strong px-4 py-8 text-center transition-colors hover:border-accent hover:bg-accent-soft/40 has-focus-visible:outline-2 has-focus-visible:outline-ring",
          over && "border-accent bg-accent-soft/60",
        )}
      >
        <UploadCloud className="mb-2 size-6 text-accent-text" aria-hidden />
        <span className="font-medium">{label}</span>
        <span className="mt-0.5 text-[13px] text-muted">{t("sound.drop_more")}</span>
        <input
          id={id}
          type="file"
          accept={TAKEN}
          className="sr-only"
          onChange={(event) => {
            take(event.target.files?.[0]);
            event.target.value = "";
          }}
        />
      </label>
      <Problem text={problem} />
    </div>
  );
}

function useAddress(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file) return setUrl(undefined);
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
