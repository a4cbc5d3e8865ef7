// The head of a screen: where one is, and what can be done here.

import { Link } from "@tanstack/react-router";
import { ChevronLeft } from "lucide-react";
import { type ReactNode, useEffect } from "react";

interface PageHeadProps {
  title: string;
  description?: ReactNode;
  back?: { to: string; label: string };
  badge?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ title, description, back, badge, actions }: PageHeadProps) {
  useEffect(() => {
    document.title = `${title} · OPBX`;
  }, [title]);
  return (
    <header className="mb-5 flex flex-wrap items-end gap-x-4 gap-y-3">
      <div className="min-w-0 grow">
        {back && (
          <Link to={back.to} className="-ml-1 mb-1 inline-flex items-center gap-0.5 rounded text-[13px] text-muted hover:text-ink">
            <ChevronLeft className="size-4" aria-hidden />
            {back.label}
          </Link>
        )}
        <div className="flex flex-wrap items-center gap-3">
          <h1 className="truncate text-[22px] leading-tight font-semibold tracking-tight">{title}</h1>
          {badge}
        </div>
        {description && <p className="mt-1 max-w-3xl text-muted">{description}</p>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}
