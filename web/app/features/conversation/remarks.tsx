import { Link } from '@remix-run/react';
import { Markdown } from '~/components/markdown.tsx';
import { changesPath, lineRange } from '~/features/requests/links.ts';
import { useRequestDetail } from '~/features/requests/request-context.ts';
import type { Message } from './entries.ts';

/** Remarks on lines of the change, with a way to the place. */
export function Remarks({ remarks }: Pick<Message, 'remarks'>) {
  const { requestId } = useRequestDetail();
  return (
    <ul aria-label="Remarks on the change" className="mt-2 space-y-2">
      {remarks.map((remark, index) => (
        <li key={index} className="rounded-md border-l-2 border-info bg-muted/50 px-2.5 py-1.5">
          <Link
            to={changesPath(requestId, remark.path, remark.startLine, remark.side)}
            className="font-mono text-xs text-muted-foreground hover:text-foreground hover:underline"
          >
            <span className="wrap-anywhere">{remark.path}</span>:{lineRange(remark.startLine, remark.endLine)}
            {remark.side === 'old' && ' (before)'}
          </Link>
          <Markdown text={remark.body} />
        </li>
      ))}
    </ul>
  );
}
