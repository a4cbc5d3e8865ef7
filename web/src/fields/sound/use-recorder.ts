// The microphone: asked for when somebody records, heard while they do, and let go right after.

import { useCallback, useEffect, useRef, useState } from "react";
import { asWav } from "./wav";

/** As much as fits into the 5 MB that the server takes. */
export const RECORDED_S_MAX = 150;
/** How many moments of the level are kept, and how far they lie apart. */
export const LEVELS = 56;
const LEVEL_MS = 60;

export interface Taken {
  file: Blob;
  url: string;
  seconds: number;
}

export type RecorderState = "idle" | "asking" | "recording" | "working" | "taken" | "refused" | "absent" | "failed";

export interface Recorder {
  state: RecorderState;
  seconds: number;
  /** The last moments, from 0 to 1, the newest at the end. */
  levels: readonly number[];
  taken: Taken | undefined;
  start: () => Promise<void>;
  stop: () => void;
  discard: () => void;
}

export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && navigator.mediaDevices !== undefined;
}

export function useRecorder(onTaken?: (taken: Taken | undefined) => void): Recorder {
  const [state, setState] = useState<RecorderState>("idle");
  const [seconds, setSeconds] = useState(0);
  const [levels, setLevels] = useState<readonly number[]>([]);
  const [taken, setTaken] = useState<Taken>();
  const end = useRef<() => void>(undefined);
  const alive = useRef(true);
  const told = useRef(onTaken);
  told.current = onTaken;
  const kept = useRef<Taken>(undefined);

  const become = useCallback((next: Taken | undefined) => {
    if (kept.current) URL.revokeObjectURL(kept.current.url);
    kept.current = next;
    setTaken(next);
    told.current?.(next);
  }, []);

  useEffect(() => {
    alive.current = true;
    return () => {
      alive.current = false;
      end.current?.();
      // What nobody sees and hears any more is not kept, either.
      become(undefined);
    };
  }, [become]);

  const start = useCallback(async () => {
    become(undefined);
    setState("asking");
    setSeconds(0);
    setLevels([]);
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: false, noiseSuppression: true, channelCount: 1 } });
    } catch (error) {
      const name = error instanceof DOMException ? error.name : "";
      return setState(name === "NotAllowedError" || name === "SecurityError" ? "refused" : name === "NotFoundError" ? "absent" : "failed");
    }
    const silence = () => stream.getTracks().forEach((track) => track.stop());
    if (!alive.current) return silence();
    const recorder = new MediaRecorder(stream);
    const parts: Blob[] = [];
    const meter = listen(stream);
    const began = performance.now();
    const timer = setInterval(() => {
      const passed = (performance.now() - began) / 1000;
      setSeconds(passed);
      setLevels((before) => [...before, meter.level()].slice(-LEVELS));
      if (passed >= RECORDED_S_MAX) end.current?.();
    }, LEVEL_MS);
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.onstop = () => {
      clearInterval(timer);
      meter.close();
      silence();
      end.current = undefined;
      if (!alive.current) return;
      setState("working");
      asWav(new Blob(parts, { type: recorder.mimeType })).then(
        (wav) => {
          if (!alive.current) return;
          become({ ...wav, url: URL.createObjectURL(wav.file) });
          setState("taken");
        },
        () => setState("failed"),
      );
    };
    end.current = () => recorder.state !== "inactive" && recorder.stop();
    recorder.start();
    setState("recording");
  }, [become]);

  const stop = useCallback(() => end.current?.(), []);
  const discard = useCallback(() => {
    become(undefined);
    setState("idle");
    setSeconds(0);
  }, [become]);

  return { state, seconds, levels, taken, start, stop, discard };
}

/** How loud it is at a moment, from 0 to 1, on the scale of decibels by which ears judge. */
function listen(stream: MediaStream) {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  return {
    level() {
      analyser.getFloatTimeDomainData(samples);
      return levelOf(samples);
    },
    close: () => void context.close(),
  };
}

/** Silence of a quiet room is 0, the loudest that can be recorded 1. */
export function levelOf(samples: Float32Array): number {
  const QUIET_DB = -54;
  const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
  const db = 10 * Math.log10(Math.max(power, 1e-10));
  return Math.max(0, Math.min(1, 1 - db / QUIET_DB));
}
