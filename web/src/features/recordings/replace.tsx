// Another sound under the same id: whatever plays it plays the new one from the next call on.

import { useState } from "react";
import type { Recording as RecordingView } from "@/api/catalogue";
import { Refused, sentenceOf } from "@/api/resources";
import { Problem } from "@/fields/field";
import { Drop } from "@/fields/sound/drop";
import { Progress } from "@/fields/sound/new-sound";
import { Recording } from "@/fields/sound/recording";
import type { Taken } from "@/fields/sound/use-recorder";
import { fileNameOf, useSending } from "@/fields/sound/use-sending";
import { Button } from "@/ui/button";
import { Dialog } from "@/ui/dialog";
import { Segments } from "@/ui/tabs";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";

export function Replace({ sound, onClose }: { sound: RecordingView; onClose: () => void }) {
  const { t } = useWords("recordings");
  const { replace, progress } = useSending();
  const [source, setSource] = useState("upload");
  const [file, setFile] = useState<File>();
  const [taken, setTaken] = useState<Taken>();
  const [problem, setProblem] = useState<string>();
  const chosen = source === "upload" ? file && { file, fileName: file.name } : taken && { file: taken.file, fileName: fileNameOf(sound.name) };
  const send = async () => {
    if (!chosen) return setProblem(t(source === "upload" ? "sound.no_file" : "sound.nothing_recorded", { ns: "app" }));
    setProblem(undefined);
    try {
      await replace.mutateAsync({ id: sound.id, ...chosen });
      tell(t("replaced", { name: sound.name }));
      onClose();
    } catch (error) {
      const said = error instanceof Refused ? error.of("file").join(" ") : "";
      setProblem(said || sentenceOf(error, t("failed.network", { ns: "app" })));
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={t("replace_title", { name: sound.name })}
      description={t("replace_more")}
      closeLabel={t("close", { ns: "app" })}
      footer={
        <>
          <Button onClick={onClose}>{t("cancel", { ns: "app" })}</Button>
          <Button look="primary" busy={replace.isPending} onClick={() => void send()}>{t("replace")}</Button>
        </>
      }
    >
      <div className="space-y-4">
        <Segments
          label={t("sound.source", { ns: "app" })}
          value={source}
          onValue={setSource}
          options={["upload", "record"].map((value) => ({ value, label: t(`sound.sources.${value}`, { ns: "app" }) }))}
        />
        {source === "upload" ? <Drop file={file} onFile={setFile} label={t("sound.drop", { ns: "app" })} /> : <Recording onTaken={setTaken} />}
        <Problem text={problem} />
        {replace.isPending && <Progress part={progress} />}
      </div>
    </Dialog>
  );
}
