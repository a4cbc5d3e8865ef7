// One prompt of the library: which screen shows it depends on its kind.

import { useParams } from "@tanstack/react-router";
import { prompts } from "@/api/catalogue";
import { useRecord } from "@/api/resources";
import { Skeleton } from "@/ui/panel";
import { SoundForm } from "./sound-form";
import { TextForm } from "./text-form";

export function PromptPage() {
  const id = Number((useParams({ strict: false }) as { id: string }).id);
  const prompt = useRecord(prompts, id);
  if (prompt.isPending) return <Skeleton className="h-80 rounded-2xl" />;
  // What cannot be read is said by the form, as of every record.
  return prompt.data?.view.kind === "recording" ? <SoundForm key={id} id={id} /> : <TextForm key={id} id={id} kind={prompt.data?.view.kind === "url" ? "url" : "text"} />;
}
