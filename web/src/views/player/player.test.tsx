// A sound is sought in by keys as by the pointer, and its outline shows where it is loud.

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { peaksOf } from "./peaks";
import { Player } from "./player";

test("the outline has the loudest sample of each part, the loudest of all being 1", () => {
  expect(peaksOf(new Float32Array([0.1, -0.2, 0.4, 0.1, 0, 0]), 3)).toEqual([0.5, 1, 0].map((peak) => expect.closeTo(peak)));
  expect(peaksOf(new Float32Array(4), 2)).toEqual([0, 0]);
  // More parts than samples leave some empty, and none undefined.
  expect(peaksOf(new Float32Array([0.5]), 3).every(Number.isFinite)).toBe(true);
});

function shown() {
  const address = vi.fn(() => Promise.reject(new Error("no address")));
  render(
    <QueryClientProvider client={new QueryClient()}>
      <Player label="Recording" src="/sound" name={["sound"]} length={100} load={() => Promise.reject(new Error("no sound"))} address={address} />
    </QueryClientProvider>,
  );
  return { slider: screen.getByRole("slider"), audio: document.querySelector("audio") as HTMLAudioElement, address };
}

test("keys move by steps and stay within the sound", async () => {
  const { slider, audio } = shown();
  slider.focus();
  await userEvent.keyboard("{ArrowRight}{ArrowRight}{PageUp}");
  expect(audio.currentTime).toBe(40);
  expect(slider).toHaveAttribute("aria-valuetext", "0:40 of 1:40");
  await userEvent.keyboard("{End}{ArrowRight}");
  expect(audio.currentTime).toBe(100);
  await userEvent.keyboard("{Home}{ArrowLeft}");
  expect(audio.currentTime).toBe(0);
});

test("the speed that is chosen is the sound's, and what cannot be played says so", async () => {
  const { audio } = shown();
  await userEvent.selectOptions(screen.getByLabelText("Speed"), "1.5");
  expect(audio.playbackRate).toBe(1.5);
  fireEvent.error(audio);
  expect(screen.getByRole("alert")).toHaveTextContent("could not be played");
});
