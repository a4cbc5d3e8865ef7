// Which step is shown, and the going on from one to the next.

import { useEffect, useState } from "react";

const STEP_MS = 1100;

export interface Player {
  at: number;
  count: number;
  playing: boolean;
  /** Somebody chose a step, or plays; before that everything counts as said. */
  moved: boolean;
  toggle: () => void;
  go: (at: number) => void;
}

/** Begins at the end, where all is said, whenever `of` is another result. */
export function usePlayer(count: number, of: unknown): Player {
  const [state, setState] = useState({ of, at: count - 1, playing: false, moved: false });
  const fresh = state.of === of ? state : { of, at: count - 1, playing: false, moved: false };
  const { at, playing, moved } = fresh;
  useEffect(() => {
    if (!playing) return;
    const timer = setTimeout(() => setState({ of, at: Math.min(at + 1, count - 1), playing: at + 1 < count - 1, moved: true }), STEP_MS);
    return () => clearTimeout(timer);
  }, [playing, at, count, of]);
  return {
    at,
    count,
    playing,
    moved,
    toggle: () => setState({ of, at: playing ? at : at >= count - 1 ? 0 : at, playing: !playing, moved: true }),
    go: (next) => setState({ of, at: Math.max(0, Math.min(next, count - 1)), playing: false, moved: true }),
  };
}
