// Sound as a telephone system takes it: what a microphone gave, in one channel, as a WAV file.

/** Twice what a telephone carries, so that nothing is lost on the way there; and a few minutes fit into what the server takes. */
export const RATE_HZ = 16_000;
const HEADER_BYTES = 44;
const SAMPLE_BYTES = 2;

/** The bytes of a WAV file of 16 bits and one channel. Samples lie between -1 and 1; what is louder is cut. */
export function wavOf(samples: Float32Array, rate_hz: number): ArrayBuffer {
  const data = new DataView(new ArrayBuffer(HEADER_BYTES + samples.length * SAMPLE_BYTES));
  const word = (at: number, text: string) => [...text].forEach((letter, place) => data.setUint8(at + place, letter.charCodeAt(0)));
  word(0, "RIFF");
  data.setUint32(4, HEADER_BYTES - 8 + samples.length * SAMPLE_BYTES, true);
  word(8, "WAVEfmt ");
  data.setUint32(16, 16, true);
  data.setUint16(20, 1, true);
  data.setUint16(22, 1, true);
  data.setUint32(24, rate_hz, true);
  data.setUint32(28, rate_hz * SAMPLE_BYTES, true);
  data.setUint16(32, SAMPLE_BYTES, true);
  data.setUint16(34, SAMPLE_BYTES * 8, true);
  word(36, "data");
  data.setUint32(40, samples.length * SAMPLE_BYTES, true);
  samples.forEach((sample, place) => data.setInt16(HEADER_BYTES + place * SAMPLE_BYTES, Math.round(Math.max(-1, Math.min(1, sample)) * 0x7fff), true));
  return data.buffer;
}

/** What a browser recorded, in whatever form it does, as a WAV file of one channel. */
export async function asWav(recorded: Blob): Promise<{ file: Blob; seconds: number }> {
  const context = new AudioContext();
  try {
    const heard = await context.decodeAudioData(await recorded.arrayBuffer());
    const length = Math.max(1, Math.ceil(heard.duration * RATE_HZ));
    const offline = new OfflineAudioContext(1, length, RATE_HZ);
    const source = offline.createBufferSource();
    source.buffer = heard;
    source.connect(offline.destination);
    source.start();
    const rendered = await offline.startRendering();
    return { file: new Blob([wavOf(rendered.getChannelData(0), RATE_HZ)], { type: "audio/wav" }), seconds: rendered.duration };
  } finally {
    await context.close();
  }
}
