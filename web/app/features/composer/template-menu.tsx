import { Link, useRevalidator } from '@remix-run/react';
import { NotebookPenIcon, Trash2Icon } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { toast } from '~/lib/toast.ts';
import { ErrorPanel } from '~/components/error-panel.tsx';
import { Button } from '~/components/ui/button.tsx';
import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from '~/components/ui/dialog.tsx';
import { Input } from '~/components/ui/input.tsx';
import { Label } from '~/components/ui/label.tsx';
import { useProblemToast } from '~/features/requests/act.ts';
import { browserApi, type Problem, type Schemas } from '~/lib/api.ts';
import { attempt } from '~/lib/attempt.ts';

export type PromptTemplate = Schemas['PromptTemplate'];

export interface TemplateMenuProps {
  templates: readonly PromptTemplate[];
  /** The prompt as it stands: what "save" keeps. */
  text: string;
  onInsert: (text: string) => void;
}

/** Prompts that were kept: put one into the text, keep this one, or delete one. */
export function TemplateMenu({ templates, text, onInsert }: TemplateMenuProps) {
  const [isOpen, setOpen] = useState(false);

  function insert(template: PromptTemplate): void {
    setOpen(false);
    onInsert(template.body);
  }

  return (
    <>
      <Button variant="ghost" size="sm" onClick={() => setOpen(true)}>
        <NotebookPenIcon aria-hidden />
        Templates
      </Button>
      <Dialog open={isOpen} onOpenChange={setOpen}>
        {/* The dialog stands inside the composer's form, whose keys it must not press. */}
        <DialogContent onKeyDown={(event) => event.stopPropagation()}>
          <DialogHeader>
            <DialogTitle>Prompt templates</DialogTitle>
            <DialogDescription>
              Prompts that everybody here can use. The{' '}
              <Link to="/settings" className="text-primary underline underline-offset-2">
                settings
              </Link>{' '}
              change them.
            </DialogDescription>
          </DialogHeader>
          {templates.length === 0 ? (
            <p className="text-muted-foreground">None was kept yet. Write a prompt that you will need again, and keep it here.</p>
          ) : (
            <ul className="max-h-72 divide-y overflow-y-auto rounded-md border">
              {templates.map((template) => (
                <TemplateRow key={template.templateId} template={template} onInsert={() => insert(template)} />
              ))}
            </ul>
          )}
          <SaveForm text={text} />
        </DialogContent>
      </Dialog>
    </>
  );
}

function TemplateRow({ template, onInsert }: { template: PromptTemplate; onInsert: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const { revalidate } = useRevalidator();
  const showProblem = useProblemToast();

  async function remove(): Promise<void> {
    const params = { path: { templateId: template.templateId } };
    const result = await attempt(() => browserApi().DELETE('/api/prompt-templates/{templateId}', { params }));
    if (result.ok) toast.success(`Template “${template.name}” deleted`);
    else showProblem(result.problem);
    revalidate();
  }

  return (
    <li className="flex items-center gap-2 px-2.5 py-1.5">
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{template.name}</p>
        <p className="truncate text-xs text-muted-foreground">{template.body}</p>
      </div>
      {isAsking ? (
        <>
          <Button size="sm" variant="destructive" autoFocus onClick={() => void remove()}>
            Delete
          </Button>
          <Button size="sm" variant="ghost" onClick={() => setAsking(false)}>
            Keep
          </Button>
        </>
      ) : (
        <>
          <Button size="sm" variant="outline" onClick={onInsert}>
            Insert<span className="sr-only"> {template.name}</span>
          </Button>
          <Button size="icon" variant="ghost" className="size-7" onClick={() => setAsking(true)}>
            <Trash2Icon aria-hidden />
            <span className="sr-only">Delete {template.name}</span>
          </Button>
        </>
      )}
    </li>
  );
}

function SaveForm({ text }: { text: string }) {
  const [name, setName] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  const { revalidate } = useRevalidator();
  const isEmpty = text.trim() === '';

  async function save(event: FormEvent): Promise<void> {
    event.preventDefault();
    // The dialog stands inside the composer's form.
    event.stopPropagation();
    const body = { name: name.trim(), body: text, projectId: null };
    const result = await attempt(() => browserApi().POST('/api/prompt-templates', { body }));
    setProblem(result.ok ? null : result.problem);
    if (!result.ok) return;
    toast.success(`Template “${body.name}” kept`);
    setName('');
    revalidate();
  }

  return (
    <form onSubmit={(event) => void save(event)} className="grid gap-1.5 border-t pt-3">
      <Label htmlFor="template-name">Keep this prompt as a template</Label>
      <div className="flex gap-2">
        <Input
          id="template-name"
          placeholder={isEmpty ? 'Write a prompt first' : 'Its name'}
          value={name}
          maxLength={100}
          disabled={isEmpty}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Button type="submit" variant="outline" disabled={isEmpty || name.trim() === ''}>
          Keep
        </Button>
      </div>
      {problem && <ErrorPanel problem={problem} />}
    </form>
  );
}
