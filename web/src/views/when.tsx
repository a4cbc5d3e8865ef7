// An instant in the viewer's zone, and in the company's beside it where the clocks differ.

import { useMe } from "@/api/session";
import { ago, exactInstant, instant } from "@/format";
import { browserZone, offsetName } from "@/format/zones";
import { Tooltip } from "@/ui/tooltip";

export function useZone(): string {
  return useMe().timezone ?? browserZone();
}

export function useCompanyZone(): string {
  return useMe().organization.timezone;
}

interface WhenProps {
  at: string | null | undefined;
  relative?: boolean;
  /** The company's time below one's own, where there is little room. */
  stacked?: boolean;
}

export function When({ at, relative, stacked }: WhenProps) {
  const zone = useZone();
  const company = useCompanyZone();
  if (!at) return <span className="text-muted">–</span>;
  const date = new Date(at);
  const differs = offsetName(date, zone) !== offsetName(date, company);
  const exact = (
    <>
      {exactInstant(at, zone)}
      {differs && <><br />{exactInstant(at, company)}</>}
    </>
  );
  return (
    <Tooltip text={exact}>
      <time dateTime={at} tabIndex={0} className="rounded whitespace-nowrap tabular-nums">
        {relative ? ago(at) : instant(at, zone)}
        {!relative && differs && <span className={stacked ? "block text-[13px] text-muted" : "ml-1.5 text-muted"}>({instant(at, company)})</span>}
      </time>
    </Tooltip>
  );
}
