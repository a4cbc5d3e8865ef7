// The outline of a sound: how loud it is in each of so many equal parts.

/** From 0 to 1, the loudest part being 1; silence is 0 throughout. */
export function peaksOf(samples: Float32Array, parts: number): number[] {
  const size = samples.length / parts;
  const peaks = Array.from({ length: parts }, (_, part) => {
    let peak = 0;
    const end = Math.min(samples.length, Math.floor((part + 1) * size));
    for (let at = Math.floor(part * size); at < end; at += 1) peak = Math.max(peak, Math.abs(samples[at] ?? 0));
    return peak;
  });
  const loudest = Math.max(...peaks);
  return loudest === 0 ? peaks : peaks.map((peak) => peak / loudest);
}

/** Decodes a file in the page. What a telephone carries fits into 8,000 samples a second. */
export async function decoded(file: ArrayBuffer): Promise<Float32Array> {
  const sound = await new OfflineAudioContext(1, 1, 8_000).decodeAudioData(file);
  return sound.getChannelData(0);
}
