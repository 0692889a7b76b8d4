import { NavLink, useNavigate } from '@remix-run/react';
import { cn } from '~/lib/cn.ts';
import { useShortcut } from '~/lib/shortcuts.ts';
import { requestPath } from './links.ts';
import { isClosed, type RequestDetail } from './stages.ts';

interface Tab {
  /** Below the request's address; empty for the first. */
  path: string;
  label: string;
  /** A number or mark beside the label. */
  badge: string | null;
  needsYou: boolean;
}

/** The tabs of a request: what each holds, and where it wants somebody. */
function tabsOf(request: RequestDetail): Tab[] {
  const { gate, checks, review, mergeRequest, checkpoint, awaiting } = request;
  const failed = checks.filter(({ status }) => status !== 'passed').length;
  const findings = review?.findings.length ?? 0;
  const tab = (path: string, label: string, badge: string | null = null, needsYou = false): Tab => ({ path, label, badge, needsYou });
  return [
    tab('', 'Log'),
    tab('plan', 'Plan', null, awaiting?.kind === 'plan-approval'),
    tab('changes', 'Changes', checkpoint ? String(checkpoint.stat.files) : null, awaiting?.kind === 'patch-approval'),
    tab('checks', 'Checks', checks.length === 0 ? null : failed > 0 ? `${failed} failed` : `${checks.length} ok`),
    tab('review', 'Review', findings > 0 ? String(findings) : null),
    tab(
      'merge-request',
      'Merge request',
      mergeRequest ? `!${mergeRequest.number}` : null,
      awaiting?.kind === 'merge' && gate?.status !== 'open',
    ),
    tab('timeline', 'Timeline'),
    tab('compare', 'Compare'),
  ];
}

/** The tab bar. Links, so that each tab has an address and opens in a window of its own. */
export function RequestTabs({ request }: { request: RequestDetail }) {
  const open = !isClosed(request.stage);
  return (
    <nav aria-label="Parts of this request" className="overflow-x-auto border-b">
      <ul className="flex min-w-max gap-0.5 px-2">
        {tabsOf(request).map(({ path, label, badge, needsYou }, index) => (
          <li key={path}>
            <TabKey digit={index + 1} label={label} to={requestPath(request.requestId, path)} />
            <NavLink
              to={path}
              end
              preventScrollReset
              prefetch="intent"
              className={({ isActive }) =>
                cn(
                  'flex h-9 items-center gap-1.5 border-b-2 px-2 text-sm whitespace-nowrap',
                  isActive
                    ? 'border-primary font-medium text-foreground'
                    : 'border-transparent text-muted-foreground hover:text-foreground',
                )
              }
            >
              {label}
              {badge !== null && (
                <span className="rounded-full bg-muted px-1.5 text-xs font-normal text-muted-foreground tabular-nums">{badge}</span>
              )}
              {needsYou && open && (
                <>
                  <span className="size-1.5 rounded-full bg-warning" aria-hidden />
                  <span className="sr-only">needs you</span>
                </>
              )}
            </NavLink>
          </li>
        ))}
      </ul>
    </nav>
  );
}

/** The key that opens a tab: its place in the bar. */
function TabKey({ digit, label, to }: { digit: number; label: string; to: string }) {
  const navigate = useNavigate();
  useShortcut(String(digit), label, () => navigate(to, { preventScrollReset: true }), { group: 'Tabs of the request' });
  return null;
}
