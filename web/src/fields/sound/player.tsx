// Something to hear: a button to play it, where it is, and the way to any place in it.

import { Pause, Play, TriangleAlert } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { stopwatch } from "@/format";
import { classes } from "@/ui/classes";
import { Press } from "@/ui/press";
import { useWords } from "@/words";

/** The bytes of a recording of the library. `version` makes a replaced one be fetched anew. */
export function soundAddress(id: number, version?: string | null): string {
  return `/api/v1/recordings/${id}/audio${version ? `?v=${encodeURIComponent(version)}` : ""}`;
}

/** Of all players of the page one is heard. */
let heard: HTMLAudioElement | undefined;

function useSound(src: string) {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState<number>();
  useEffect(() => {
    setFailed(false);
    setAt(0);
    setPlaying(false);
    return () => audio.current?.pause();
  }, [src]);
  const toggle = () => {
    const element = audio.current;
    if (!element) return;
    if (!element.paused) return element.pause();
    if (heard && heard !== element) heard.pause();
    heard = element;
    // A press that is taken back before the sound came is no failure.
    element.play().catch((error: unknown) => setFailed(!(error instanceof DOMException && error.name === "AbortError")));
  };
  const seek = (seconds: number) => {
    if (audio.current) audio.current.currentTime = seconds;
    setAt(seconds);
  };
  const marks = {
    ref: audio,
    src,
    onPlay: () => setPlaying(true),
    onPause: () => setPlaying(false),
    onEnded: () => setPlaying(false),
    onError: () => setFailed(true),
    onTimeUpdate: () => setAt(audio.current?.currentTime ?? 0),
    onLoadedMetadata: () => setLength(audio.current && Number.isFinite(audio.current.duration) ? audio.current.duration : undefined),
  };
  return { marks, playing, failed, at, length, toggle, seek };
}

function PlayButton({ playing, failed, name, onPress, className }: { playing: boolean; failed: boolean; name: string; onPress: () => void; className?: string }) {
  const { t } = useWords();
  const Icon = failed ? TriangleAlert : playing ? Pause : Play;
  return (
    <Press
      aria-label={failed ? t("sound.unplayable", { name }) : t(playing ? "sound.pause" : "sound.play", { name })}
      onPress={onPress}
      className={classes("inline-flex shrink-0 cursor-pointer items-center justify-center rounded-full select-none", failed ? "bg-bad-soft text-bad" : "bg-accent text-accent-ink hover:bg-accent-hover", className)}
    >
      <Icon className={classes("size-[45%]", !failed && !playing && "translate-x-[6%] fill-current", playing && "fill-current")} aria-hidden />
    </Press>
  );
}

interface PlayerProps {
  src: string;
  /** What is heard. */
  name: string;
  /** Known before the sound was fetched. */
  seconds?: number | null;
  className?: string;
}

export function Player({ src, name, seconds, className }: PlayerProps) {
  const { t } = useWords();
  const { marks, playing, failed, at, length = seconds ?? 0, toggle, seek } = useSound(src);
  const part = length > 0 ? Math.min(1, at / length) : 0;
  return (
    <div className={classes("flex items-center gap-3", className)} role="group" aria-label={name}>
      <PlayButton playing={playing} failed={failed} name={name} onPress={toggle} className="size-9" />
      <div className="min-w-0 grow">
        {failed ? (
          <p className="text-[13px] text-bad">{t("sound.unplayable", { name })}</p>
        ) : (
          <input
            type="range"
            min={0}
            max={length || 1}
            step={0.1}
            value={at}
            onChange={(event) => seek(Number(event.target.value))}
            aria-label={t("sound.position")}
            aria-valuetext={t("sound.at", { at: stopwatch(at), length: stopwatch(length) })}
            style={{ background: `linear-gradient(to right, var(--accent) ${part * 100}%, var(--line) ${part * 100}%)` }}
            className="sound-track block h-1.5 w-full cursor-pointer appearance-none rounded-full"
          />
        )}
      </div>
      <span className="text-[13px] whitespace-nowrap text-muted tabular-nums">{stopwatch(at)} / {stopwatch(length)}</span>
      <audio {...marks} preload="metadata" className="hidden" />
    </div>
  );
}

/** In a row of a list: fetched only once it is wanted. */
export function SmallPlayer({ src, name }: PlayerProps) {
  const { marks, playing, failed, toggle } = useSound(src);
  return (
    <>
      <PlayButton playing={playing} failed={failed} name={name} onPress={toggle} className="size-7" />
      <audio {...marks} preload="none" className="hidden" />
    </>
  );
}
