import { useFetcher } from '@remix-run/react';
import { FilePlus2Icon, NotebookPenIcon, PencilIcon, Trash2Icon } from 'lucide-react';
import { useState } from 'react';
import { useOutcomeToast } from '~/lib/form-outcome.ts';
import { EmptyState } from '~/components/empty-state.tsx';
import {
  AlertDialog,
  AlertDialogAction,
  AlertDialogCancel,
  AlertDialogContent,
  AlertDialogDescription,
  AlertDialogFooter,
  AlertDialogHeader,
  AlertDialogTitle,
  AlertDialogTrigger,
} from '~/components/ui/alert-dialog.tsx';
import { Badge } from '~/components/ui/badge.tsx';
import { Button } from '~/components/ui/button.tsx';
import type { Schemas } from '~/lib/api.ts';
import { TemplateDialog } from './template-dialog.tsx';
import type { TemplateResult } from './templates-action.server.ts';

type Template = Schemas['PromptTemplate'];

interface TemplatesProps {
  templates: readonly Template[];
  projects: readonly { projectId: string; name: string }[];
  mayEdit: boolean;
}

/** Prompts that people keep for others: listed, added, changed, deleted. */
export function Templates({ templates, projects, mayEdit }: TemplatesProps) {
  const [shown, setShown] = useState<Template | 'new' | null>(null);
  const remove = useRemoval();
  const add = mayEdit && (
    <Button variant="outline" onClick={() => setShown('new')}>
      <FilePlus2Icon aria-hidden /> Add a template
    </Button>
  );
  return (
    <div className="flex flex-col gap-3">
      {templates.length === 0 ? (
        <EmptyState icon={NotebookPenIcon} title="No templates yet" className="py-6" action={add}>
          A template is the beginning of a prompt that people write again and again. The composer offers them.
        </EmptyState>
      ) : (
        <>
          <ul className="divide-y rounded-md border">
            {templates.map((template) => (
              <TemplateRow
                key={template.templateId}
                template={template}
                project={projects.find(({ projectId }) => projectId === template.projectId)?.name ?? null}
                mayEdit={mayEdit}
                onEdit={() => setShown(template)}
                onDelete={() => remove(template.templateId)}
              />
            ))}
          </ul>
          <div>{add}</div>
        </>
      )}
      {shown !== null && <TemplateDialog template={shown === 'new' ? null : shown} projects={projects} onClose={() => setShown(null)} />}
    </div>
  );
}

/** Deletes a template and says what came of it; kept by the list, since the row itself goes. */
function useRemoval(): (templateId: string) => void {
  const fetcher = useFetcher<TemplateResult>();
  useOutcomeToast(fetcher);
  return (templateId) => fetcher.submit({ intent: 'delete', templateId }, { method: 'post' });
}

interface TemplateRowProps {
  template: Template;
  /** Null: for every project. */
  project: string | null;
  mayEdit: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function TemplateRow({ template, project, mayEdit, onEdit, onDelete }: TemplateRowProps) {
  return (
    <li className="flex items-start gap-3 px-3 py-2.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2">
          <span className="min-w-0 text-sm font-medium break-words">{template.name}</span>
          <Badge variant="outline">{template.projectId === null ? 'every project' : (project ?? 'one project')}</Badge>
        </p>
        <p className="mt-0.5 line-clamp-2 text-xs break-words whitespace-pre-line text-muted-foreground">{template.body}</p>
      </div>
      {mayEdit && (
        <div className="flex shrink-0">
          <Button variant="ghost" size="icon" aria-label={`Edit ${template.name}`} onClick={onEdit}>
            <PencilIcon aria-hidden />
          </Button>
          <DeleteTemplate template={template} onDelete={onDelete} />
        </div>
      )}
    </li>
  );
}

function DeleteTemplate({ template, onDelete }: { template: Template; onDelete: () => void }) {
  return (
    <AlertDialog>
      <AlertDialogTrigger asChild>
        <Button variant="ghost" size="icon" aria-label={`Delete ${template.name}`}>
          <Trash2Icon aria-hidden />
        </Button>
      </AlertDialogTrigger>
      <AlertDialogContent>
        <AlertDialogHeader>
          <AlertDialogTitle>Delete “{template.name}”?</AlertDialogTitle>
          <AlertDialogDescription>
            Nobody finds it in the composer any more. Requests that were written with it stay as they are.
          </AlertDialogDescription>
        </AlertDialogHeader>
        <AlertDialogFooter>
          <AlertDialogCancel>Keep it</AlertDialogCancel>
          <AlertDialogAction onClick={onDelete}>Delete</AlertDialogAction>
        </AlertDialogFooter>
      </AlertDialogContent>
    </AlertDialog>
  );
}
