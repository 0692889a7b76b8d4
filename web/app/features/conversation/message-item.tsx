import { useState } from 'react';
import { Markdown } from '~/components/markdown.tsx';
import { TimeAgo } from '~/components/time-ago.tsx';
import { Badge, type BadgeVariant } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import { AttachmentChip, attachmentUrl } from '~/features/composer/attachment-list.tsx';
import { isPicture } from '~/features/composer/attachments.ts';
import type { RequestDetail } from '~/features/requests/stages.ts';
import { cn } from '~/lib/cn.ts';
import { formatBytes, shortCommit } from '~/lib/format.ts';
import { describeDisposition, type DispositionWords } from './disposition.ts';
import type { Message } from './entries.ts';
import { messageKindNames } from './message-kinds.ts';
import { Remarks } from './remarks.tsx';
import { WithdrawButton } from './withdraw-button.tsx';

/** Longer messages are folded at first. In characters. */
const foldedFrom = 3_000;

const badgeOfTone: Readonly<Record<DispositionWords['tone'], BadgeVariant>> = {
  quiet: 'secondary',
  info: 'info',
  warning: 'warning',
  muted: 'outline',
};

export interface MessageItemProps {
  requestId: string;
  message: Message;
  /** The run that carries it; null while none does. */
  run: RequestDetail['runs'][number] | null;
  isOpen: boolean;
}

/** What a person (or AstraForge in their place) said to the agent, and what became of it. */
export function MessageItem({ requestId, message, run, isOpen }: MessageItemProps) {
  const words = describeDisposition(message, run?.ordinal ?? null, isOpen);
  const hasChanges = (run?.checkpoint?.stat.files ?? 0) > 0;
  const kind = messageKindNames[message.kind];
  const isWithdrawn = message.disposition === 'withdrawn';
  return (
    <article aria-label={`${message.author?.name ?? 'AstraForge'}: ${kind ?? 'message'}`} className="rounded-lg border bg-card px-3 py-2.5">
      <header className="mb-1.5 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs">
        <span className="font-medium">{message.author?.name ?? 'AstraForge'}</span>
        {kind && <Badge variant="outline">{kind}</Badge>}
        <TimeAgo atMs={message.createdAtMs} className="text-muted-foreground" />
        <span className="ml-auto flex items-center gap-1">
          {message.kind !== 'prompt' && (
            <Badge variant={badgeOfTone[words.tone]} title={words.detail} data-disposition={message.disposition}>
              {words.label}
              <span className="sr-only">. {words.detail}</span>
            </Badge>
          )}
          {words.canWithdraw && <WithdrawButton requestId={requestId} messageId={message.messageId} />}
        </span>
      </header>
      <Body text={message.body} className={cn(isWithdrawn && 'text-muted-foreground line-through decoration-1')} />
      {message.remarks.length > 0 && <Remarks remarks={message.remarks} />}
      {message.answeredBy && hasChanges && (
        <p className="mt-2 text-xs text-muted-foreground">
          Answered by commit <code className="font-mono">{shortCommit(message.answeredBy)}</code>
        </p>
      )}
      <Attachments attachments={message.attachments} />
    </article>
  );
}

/** The words; a long text is folded until somebody wants it. */
function Body({ text, className }: { text: string; className?: string }) {
  const [isFolded, setFolded] = useState(text.length > foldedFrom);
  if (text === '') return null;
  return (
    <div className={className}>
      <Markdown text={isFolded ? `${text.slice(0, foldedFrom)}…` : text} />
      {text.length > foldedFrom && (
        <Button variant="link" size="sm" className="mt-1 px-0" aria-expanded={!isFolded} onClick={() => setFolded(!isFolded)}>
          {isFolded ? `Show all ${text.length.toLocaleString('en')} characters` : 'Show less'}
        </Button>
      )}
    </div>
  );
}

function Attachments({ attachments }: Pick<Message, 'attachments'>) {
  if (attachments.length === 0) return null;
  return (
    <ul aria-label="Attachments" className="mt-2 flex flex-wrap gap-2">
      {attachments.map(({ artifactId, name, mediaType, sizeBytes }) => (
        <li key={artifactId}>
          <a href={attachmentUrl(artifactId)} target="_blank" rel="noreferrer" className="block rounded-md hover:bg-accent">
            <AttachmentChip name={name} detail={formatBytes(sizeBytes)} picture={isPicture(mediaType) ? attachmentUrl(artifactId) : null} />
          </a>
        </li>
      ))}
    </ul>
  );
}
