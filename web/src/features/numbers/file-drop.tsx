// A file, chosen or dropped.

import { FileSpreadsheet } from "lucide-react";
import { type DragEvent, useRef, useState } from "react";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";

export function FileDrop({ onFile, label, more, drop }: { onFile: (file: File) => void; label: string; more: string; drop: string }) {
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const dropped = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <div
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={dropped}
      className={classes("flex flex-col items-center rounded-2xl border border-dashed border-line-strong bg-surface px-6 py-12 text-center transition-colors", over && "border-accent bg-accent-soft/60")}
    >
      <div className="mb-4 flex size-12 items-center justify-center rounded-2xl bg-accent-soft text-accent-text"><FileSpreadsheet className="size-6" aria-hidden /></div>
      <Button look="primary" onClick={() => input.current?.click()}>{label}</Button>
      <input
        ref={input}
        type="file"
        accept=".csv,.txt,text/csv"
        aria-label={label}
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          const file = event.target.files?.[0];
          if (file) onFile(file);
        }}
      />
      <p className="mt-3 text-muted max-md:hidden">{drop}</p>
      <p className="mt-1 text-[13px] text-muted">{more}</p>
    </div>
  );
}
