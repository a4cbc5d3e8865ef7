// One message being heard, at the foot of the page.

import { X } from "lucide-react";
import { useEffect, useState } from "react";
import type { VoicemailMessage } from "@/api/catalogue";
import { Button } from "@/ui/button";
import { Select } from "@/ui/select";
import { useWords } from "@/words";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];

export function MessagePlayer({ message, from, onClose }: { message: VoicemailMessage; from: string; onClose: () => void }) {
  const { t } = useWords("voicemail");
  const [audio, setAudio] = useState<HTMLAudioElement | null>(null);
  const [speed, setSpeed] = useState("1");
  const [failed, setFailed] = useState(false);
  useEffect(() => setFailed(false), [message.id]);
  useEffect(() => {
    if (audio) audio.playbackRate = Number(speed);
  }, [audio, speed, message.id]);
  return (
    <section aria-label={t("player", { from })} className="sticky bottom-4 z-10 mx-auto mt-4 flex w-full max-w-2xl flex-wrap items-center gap-3 rounded-2xl border bg-raised px-4 py-3 shadow-float animate-rise">
      <span className="min-w-0 grow truncate font-medium">{from}</span>
      <Select aria-label={t("speed")} value={speed} onValue={setSpeed} options={SPEEDS.map((value) => ({ value: String(value), label: `${value}×` }))} className="w-24" />
      <Button look="ghost" size="tiny" aria-label={t("close", { ns: "app" })} onClick={onClose}><X aria-hidden /></Button>
      {failed ? (
        <p role="alert" className="w-full text-bad">{t("not_here")}</p>
      ) : (
        <audio ref={setAudio} key={message.id} src={message.audio_url} controls autoPlay onError={() => setFailed(true)} className="h-10 w-full" />
      )}
    </section>
  );
}
