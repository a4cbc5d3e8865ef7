// A text that is taken elsewhere: an address, a key, a link, with a button that copies it.

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { Button } from "@/ui/button";
import { classes } from "@/ui/classes";
import { Tooltip } from "@/ui/tooltip";
import { useWords } from "@/words";

/** How long the button says that it was done. */
const SAID_MS = 2000;

export function Copyable({ text, label, className }: { text: string; label: string; className?: string }) {
  return (
    <div className={classes("flex min-w-0 items-center gap-1 rounded-lg border bg-sunken py-1 pr-1 pl-3", className)}>
      <code className="min-w-0 grow py-1 font-mono text-[13px] break-all select-all">{text}</code>
      <CopyButton text={text} label={label} />
    </div>
  );
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const { t } = useWords();
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), SAID_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async () => {
    setDone(await copied(text));
  };
  return (
    <>
      <Tooltip text={t(done ? "copied" : "copy")}>
        <Button look="ghost" size="tiny" aria-label={t("copy_of", { label })} onClick={() => void copy()}>
          {done ? <Check className="text-good" aria-hidden /> : <Copy aria-hidden />}
        </Button>
      </Tooltip>
      <span role="status" className="sr-only">{done ? t("copied") : ""}</span>
    </>
  );
}

/** The clipboard is closed to pages without https; there a hidden selection does the same. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "fixed top-0 left-0 opacity-0";
    // Inside an open window, which else would take the focus back before anything is copied.
    (document.activeElement?.parentElement ?? document.body).append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
