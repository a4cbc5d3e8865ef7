// What is seen until there is something to see.

import { Loader2 } from "lucide-react";

export function Starting() {
  return (
    <div className="flex min-h-60 items-center justify-center" role="status" aria-label="OPBX">
      <Loader2 className="size-6 animate-spin text-muted" aria-hidden />
    </div>
  );
}
