// A sound with its outline: heard, sought in by pointer and keys, faster or slower, saved.

import { useMutation, useQuery } from "@tanstack/react-query";
import { Download, Pause, Play, RotateCcw } from "lucide-react";
import { type KeyboardEvent, type PointerEvent, useEffect, useId, useRef, useState } from "react";
import { stopwatch } from "@/format";
import { Button } from "@/ui/button";
import { Select } from "@/ui/select";
import { tell } from "@/ui/toast";
import { useWords } from "@/words";
import { decoded, peaksOf } from "./peaks";

interface PlayerProps {
  label: string;
  /** Where the sound is played from. */
  src: string;
  /** The whole file, for its outline. */
  load: (signal: AbortSignal) => Promise<ArrayBuffer>;
  /** What the file is kept by. */
  name: readonly unknown[];
  /** In seconds, as the server has it; the file's own counts once it is known. */
  length: number | null;
  /** Makes an address at which it is saved. */
  address?: () => Promise<string>;
}

const SPEEDS = [0.75, 1, 1.25, 1.5, 2];
const BARS = 120;
/** A longer one is played without an outline: to decode it would take more memory than it is worth. */
const DRAWN_MAX_S = 45 * 60;
const STEP_S = 5;
const LEAP_S = 30;

export function Player({ label, src, load, name, length, address }: PlayerProps) {
  const { t } = useWords();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [at, setAt] = useState(0);
  const [whole, setWhole] = useState(length ?? 0);
  const [speed, setSpeed] = useState("1");
  const [failed, setFailed] = useState(false);
  const outline = useQuery({
    queryKey: ["outline", ...name],
    queryFn: async ({ signal }) => peaksOf(await decoded(await load(signal)), BARS),
    staleTime: Number.POSITIVE_INFINITY,
    enabled: (length ?? 0) <= DRAWN_MAX_S,
    retry: false,
  });
  useEffect(() => {
    if (audio.current) audio.current.playbackRate = Number(speed);
  }, [speed]);
  useFrames(playing, () => setAt(audio.current?.currentTime ?? 0));
  const seek = (to: number) => {
    const next = Math.min(Math.max(0, to), whole);
    if (audio.current) audio.current.currentTime = next;
    setAt(next);
  };
  const toggle = () => {
    if (!audio.current) return;
    if (playing) audio.current.pause();
    else void audio.current.play().catch(() => setFailed(true));
  };
  return (
    <div role="group" aria-label={label}>
      <audio
        ref={audio}
        src={src}
        preload="metadata"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
        onError={() => setFailed(true)}
        onLoadedMetadata={(event) => Number.isFinite(event.currentTarget.duration) && setWhole(event.currentTarget.duration)}
      />
      {failed ? (
        <p role="alert" className="text-bad">{t("player.failed")}</p>
      ) : (
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          <Button look="primary" size="icon" className="rounded-full" aria-label={t(playing ? "player.pause" : "player.play")} onClick={toggle}>{playing ? <Pause aria-hidden /> : <Play aria-hidden />}</Button>
          <Outline peaks={outline.data} at={at} whole={whole} onSeek={seek} />
          <span className="w-24 text-right text-[13px] text-muted tabular-nums max-sm:w-auto">{stopwatch(Math.floor(at))} / {stopwatch(whole)}</span>
          <div className="flex items-center gap-1 max-sm:ml-auto">
            <Button look="ghost" size="icon" aria-label={t("player.back")} onClick={() => seek(at - STEP_S * 2)}><RotateCcw aria-hidden /></Button>
            <Select aria-label={t("player.speed")} value={speed} onValue={setSpeed} options={SPEEDS.map((value) => ({ value: String(value), label: `${value}×` }))} className="w-22" />
            {address && <SaveButton address={address} />}
          </div>
        </div>
      )}
    </div>
  );
}

function SaveButton({ address }: { address: () => Promise<string> }) {
  const { t } = useWords();
  const save = useMutation({ mutationFn: address, onSuccess: (url) => location.assign(url), onError: () => tell(t("failed.network"), { tone: "bad" }) });
  return <Button look="ghost" size="icon" aria-label={t("player.save")} busy={save.isPending} onClick={() => save.mutate()}>{!save.isPending && <Download aria-hidden />}</Button>;
}

interface OutlineProps {
  peaks: number[] | undefined;
  at: number;
  whole: number;
  onSeek: (to: number) => void;
}

function Outline({ peaks, at, whole, onSeek }: OutlineProps) {
  const { t } = useWords();
  const clip = useId();
  const share = whole > 0 ? Math.min(1, at / whole) : 0;
  const byPointer = (event: PointerEvent<HTMLDivElement>) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    onSeek(((event.clientX - left) / width) * whole);
  };
  const byKey = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowLeft: -STEP_S, ArrowDown: -STEP_S, ArrowRight: STEP_S, ArrowUp: STEP_S, PageDown: -LEAP_S, PageUp: LEAP_S, Home: -whole, End: whole };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    onSeek(at + step);
  };
  return (
    <div
      role="slider"
      tabIndex={0}
      aria-label={t("player.position")}
      aria-valuemin={0}
      aria-valuemax={Math.round(whole)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={t("player.at", { at: stopwatch(Math.floor(at)), whole: stopwatch(whole) })}
      onKeyDown={byKey}
      onPointerDown={(event) => { event.currentTarget.setPointerCapture(event.pointerId); byPointer(event); }}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && byPointer(event)}
      className="h-12 min-w-40 grow basis-40 cursor-pointer touch-none rounded-lg max-sm:order-last max-sm:basis-full"
    >
      <svg viewBox={`0 0 ${BARS * 4} 48`} preserveAspectRatio="none" className="size-full" aria-hidden>
        <clipPath id={clip}><rect width={share * BARS * 4} height="48" /></clipPath>
        <path d={barsOf(peaks)} className="stroke-line-strong/60" strokeWidth="2" />
        <path d={barsOf(peaks)} clipPath={`url(#${clip})`} className="stroke-accent" strokeWidth="2" />
      </svg>
    </div>
  );
}

/** Until the outline is known, a line of low bars. */
function barsOf(peaks: number[] | undefined): string {
  return Array.from({ length: BARS }, (_, bar) => {
    const half = Math.max(1.5, (peaks?.[bar] ?? 0) * 23);
    return `M${bar * 4 + 2} ${24 - half}V${24 + half}`;
  }).join("");
}

/** While something plays, its place is shown as often as the page is drawn. */
function useFrames(running: boolean, show: () => void) {
  const latest = useRef(show);
  latest.current = show;
  useEffect(() => {
    if (!running) return;
    let frame = requestAnimationFrame(function next() {
      latest.current();
      frame = requestAnimationFrame(next);
    });
    return () => cancelAnimationFrame(frame);
  }, [running]);
}
