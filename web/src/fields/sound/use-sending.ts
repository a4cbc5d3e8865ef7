// Sounds on their way into the library: made of a file, of a take, or fetched from an address; or in the place of another.

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Recording } from "@/api/catalogue";
import { recordings } from "@/api/catalogue";
import { ask } from "@/api/resources";
import { upload } from "@/api/upload";

export type NewSound = { name: string } & ({ file: Blob; fileName: string } | { url: string });

interface Written {
  data: Recording;
}

/** `progress` is from 0 to 1 while a file goes, and nothing where nobody can tell. */
export function useSending() {
  const queries = useQueryClient();
  const [progress, setProgress] = useState<number>();
  const settled = {
    onSuccess: () => queries.invalidateQueries({ queryKey: [recordings.model] }),
    onSettled: () => setProgress(undefined),
  };
  const create = useMutation({
    mutationFn: async (sound: NewSound): Promise<Recording> => {
      if ("url" in sound) return (await ask<Written>("post", recordings.path, { body: { name: sound.name, type: "remote", remote_url: sound.url } })).data.data;
      const form = new FormData();
      form.set("name", sound.name);
      form.set("type", "upload");
      form.set("file", sound.file, sound.fileName);
      return (await upload<Written>({ method: "POST", path: recordings.path, form, onProgress: setProgress })).data;
    },
    ...settled,
  });
  const replace = useMutation({
    mutationFn: async ({ id, file, fileName }: { id: number; file: Blob; fileName: string }): Promise<Recording> => {
      const form = new FormData();
      form.set("file", file, fileName);
      return (await upload<Written>({ method: "PUT", path: `${recordings.path}/${id}/file`, form, onProgress: setProgress })).data;
    },
    ...settled,
  });
  return { create, replace, progress };
}

/** What a recorded take is called as a file: letters and digits of its name. */
export function fileNameOf(name: string): string {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").toLowerCase();
  return `${plain || "recording"}.wav`;
}
