import { changeDraft, removeDrafts, shutDraft, type Draft } from '../remarks/drafts.ts';
import { useBoard } from './board.ts';
import { focusLine } from './lines.ts';
import { DraftCard, SentCard } from './remark-cards.tsx';
import { RemarkEditor } from './remark-editor.tsx';
import type { RemarkItem } from './use-remarks.ts';

/** Remarks that hang at one place: sent ones, drafts, open editors. */
export function RemarkStack({ items }: { items: readonly RemarkItem[] }) {
  const { remarks } = useBoard();
  if (!remarks) return null;
  return (
    <div className="space-y-2" data-remarks>
      {items.map((item) =>
        item.kind === 'sent' ? (
          <SentCard key={item.remark.key} remark={item.remark} hrefOfRun={remarks.hrefOfRun} isEarlier={item.isEarlier} />
        ) : (
          <DraftAtLine key={item.draft.id} draft={item.draft} change={remarks.change} />
        ),
      )}
    </div>
  );
}

function DraftAtLine({ draft, change }: { draft: Draft; change: (change: (drafts: Draft[]) => Draft[]) => void }) {
  const { id } = draft;
  if (!draft.isOpen) {
    return (
      <DraftCard
        draft={draft}
        onEdit={() => change((drafts) => changeDraft(drafts, id, { isOpen: true }))}
        onRemove={() => {
          change((drafts) => removeDrafts(drafts, [id]));
          returnTo(draft);
        }}
      />
    );
  }
  return (
    <RemarkEditor
      draft={draft}
      onWords={(body) => change((drafts) => changeDraft(drafts, id, { body }))}
      onDone={() => {
        change((drafts) => shutDraft(drafts, id));
        returnTo(draft);
      }}
      onDiscard={() => {
        change((drafts) => removeDrafts(drafts, [id]));
        returnTo(draft);
      }}
    />
  );
}

/** The keyboard goes back to the line that the remark is about, or to its file where the line is not shown. */
function returnTo({ path, side, endLine }: Draft): void {
  const section = [...document.querySelectorAll('section[data-path]')].find((each) => each.getAttribute('data-path') === path);
  if (section && !focusLine(section, { side, line: endLine })) section.querySelector('button')?.focus();
}
