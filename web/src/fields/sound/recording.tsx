// To speak into the browser: a button, the level while one speaks, and what was said to hear again.

import { Loader2, Mic, RotateCcw, Square } from "lucide-react";
import { stopwatch } from "@/format";
import { Button } from "@/ui/button";
import { Note } from "@/ui/panel";
import { useWords } from "@/words";
import { Player } from "./player";
import { canRecord, LEVELS, RECORDED_S_MAX, type Taken, useRecorder } from "./use-recorder";

export function Recording({ onTaken }: { onTaken: (taken: Taken | undefined) => void }) {
  const { t } = useWords();
  const recorder = useRecorder(onTaken);
  const { state, seconds, levels, taken } = recorder;
  if (!canRecord()) return <Note tone="warn">{t("sound.no_recorder")}</Note>;
  if (taken) {
    return (
      <div className="rounded-xl border bg-sunken/60 p-4">
        <Player src={taken.url} name={t("sound.take")} seconds={taken.seconds} />
        <Button size="small" look="ghost" className="mt-3 -ml-2" onClick={() => void recorder.start()}><RotateCcw aria-hidden />{t("sound.once_more")}</Button>
      </div>
    );
  }
  const recording = state === "recording";
  const waiting = state === "asking" || state === "working";
  return (
    <div className="rounded-xl border bg-sunken/60 px-4 py-6 text-center">
      <Level levels={levels} active={recording} />
      <p className="mt-3 text-lg font-semibold tabular-nums" aria-hidden={!recording}>{stopwatch(seconds)}</p>
      <p className="sr-only" role="status">{recording ? t("sound.recording") : state === "working" ? t("sound.working") : ""}</p>
      <Button look={recording ? "danger" : "primary"} size="large" className="mt-3 rounded-full" disabled={waiting} onClick={() => (recording ? recorder.stop() : void recorder.start())}>
        {waiting ? <Loader2 className="animate-spin" aria-hidden /> : recording ? <Square className="fill-current" aria-hidden /> : <Mic aria-hidden />}
        {t(recording ? "sound.stop" : state === "asking" ? "sound.asking" : state === "working" ? "sound.working" : "sound.record")}
      </Button>
      <p className="mt-3 text-[13px] text-muted">{t("sound.record_more", { length: stopwatch(RECORDED_S_MAX) })}</p>
      {(state === "refused" || state === "absent" || state === "failed") && <Note tone="bad" className="mt-4 text-left">{t(`sound.microphone_${state}`)}</Note>}
    </div>
  );
}

function Level({ levels, active }: { levels: readonly number[]; active: boolean }) {
  const silent = Array.from({ length: LEVELS - levels.length }, () => 0);
  return (
    <div className="mx-auto flex h-14 max-w-sm items-center justify-center gap-[3px]" aria-hidden>
      {[...silent, ...levels].map((level, at) => (
        <span key={at} className={active ? "w-[3px] rounded-full bg-accent" : "w-[3px] rounded-full bg-line-strong/50"} style={{ height: `${Math.max(6, level * 100)}%` }} />
      ))}
    </div>
  );
}
