import { FileIcon, RotateCwIcon, XIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import { Spinner } from '~/components/ui/spinner.tsx';
import { cn } from '~/lib/cn.ts';
import { formatBytes } from '~/lib/format.ts';
import { type DraftAttachment, isPicture } from './attachments.ts';

/** Where the bytes of a stored attachment are. */
export function attachmentUrl(artifactId: string): string {
  return `/api/attachments/${encodeURIComponent(artifactId)}`;
}

export interface AttachmentListProps {
  attachments: readonly DraftAttachment[];
  onRemove: (localId: string) => void;
  onRetry: (localId: string) => void;
}

/** The files of a message that is being written: pictures as pictures, each with its size and a way to take it out. */
export function AttachmentList({ attachments, onRemove, onRetry }: AttachmentListProps) {
  if (attachments.length === 0) return null;
  return (
    <ul aria-label="Attachments" className="flex flex-wrap gap-2 px-3 pb-2">
      {attachments.map((attachment) => (
        <li key={attachment.localId}>
          <AttachmentChip
            name={attachment.name}
            detail={detailOf(attachment)}
            isFailed={attachment.state === 'failed'}
            picture={attachment.state === 'stored' && isPicture(attachment.mediaType) ? attachmentUrl(attachment.ref.artifactId) : null}
            isBusy={attachment.state === 'uploading'}
          >
            {attachment.state === 'failed' && (
              <ChipButton label={`Upload ${attachment.name} again`} onClick={() => onRetry(attachment.localId)}>
                <RotateCwIcon className="size-3.5" aria-hidden />
              </ChipButton>
            )}
            <ChipButton label={`Remove ${attachment.name}`} onClick={() => onRemove(attachment.localId)}>
              <XIcon className="size-3.5" aria-hidden />
            </ChipButton>
          </AttachmentChip>
        </li>
      ))}
    </ul>
  );
}

function detailOf(attachment: DraftAttachment): string {
  switch (attachment.state) {
    case 'uploading':
      return `${formatBytes(attachment.sizeBytes)}, uploading`;
    case 'failed':
      return attachment.reason;
    case 'stored':
      return formatBytes(attachment.sizeBytes);
  }
}

export interface AttachmentChipProps {
  name: string;
  detail: string;
  /** Address of a picture to show; null for a sign. */
  picture: string | null;
  isFailed?: boolean;
  isBusy?: boolean;
  children?: ReactNode;
}

/** One attached file. */
export function AttachmentChip({ name, detail, picture, isFailed = false, isBusy = false, children }: AttachmentChipProps) {
  return (
    <div
      className={cn(
        'flex max-w-64 items-center gap-2 rounded-md border bg-card py-1 pr-1 pl-1.5 text-xs',
        isFailed && 'border-destructive/40 bg-destructive/5',
      )}
    >
      {picture !== null ? (
        <img src={picture} alt="" loading="lazy" className="size-9 shrink-0 rounded-sm border object-cover" />
      ) : (
        <span className="inline-flex size-9 shrink-0 items-center justify-center rounded-sm bg-muted text-muted-foreground">
          {isBusy ? <Spinner /> : <FileIcon className="size-4" aria-hidden />}
        </span>
      )}
      <span className="min-w-0 pr-1">
        <span className="block truncate font-medium" title={name}>
          {name}
        </span>
        <span className={cn('block', isFailed ? 'text-destructive' : 'truncate text-muted-foreground')}>{detail}</span>
      </span>
      {children}
    </div>
  );
}

function ChipButton({ label, onClick, children }: { label: string; onClick: () => void; children: ReactNode }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="inline-flex size-6 shrink-0 items-center justify-center rounded-sm text-muted-foreground hover:bg-accent hover:text-foreground"
    >
      {children}
      <span className="sr-only">{label}</span>
    </button>
  );
}
