import { CircleAlertIcon, CircleCheckIcon, CircleDashedIcon, CircleDotIcon, CircleXIcon, type LucideIcon } from 'lucide-react';
import { Badge, type BadgeVariant } from '~/components/ui/badge.tsx';
import { type AwaitingKind, describeAwaiting, describeStage, type Stage, type StageTone } from '~/lib/stages.ts';

const looks: Readonly<Record<StageTone, { variant: BadgeVariant; icon: LucideIcon }>> = {
  working: { variant: 'info', icon: CircleDotIcon },
  waiting: { variant: 'warning', icon: CircleAlertIcon },
  done: { variant: 'success', icon: CircleCheckIcon },
  stopped: { variant: 'destructive', icon: CircleXIcon },
  idle: { variant: 'secondary', icon: CircleDashedIcon },
};

export interface StageBadgeProps {
  stage: Stage;
  /** What it waits for: shown instead of the stage's own words, which stay in the badge's name. */
  awaiting?: AwaitingKind | null;
  className?: string;
}

/** A request's stage by word, icon and colour. */
export function StageBadge({ stage, awaiting = null, className }: StageBadgeProps) {
  const { label, tone } = describeStage(stage);
  const shown = awaiting === 'slot' ? 'idle' : awaiting ? 'waiting' : tone;
  const { variant, icon: Icon } = looks[shown];
  return (
    <Badge variant={variant} className={className} data-stage={stage}>
      <Icon aria-hidden />
      {awaiting ? (
        <>
          <span className="sr-only">{label}: </span>
          {describeAwaiting(awaiting)}
        </>
      ) : (
        label
      )}
    </Badge>
  );
}
