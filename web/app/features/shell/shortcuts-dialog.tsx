import { Dialog, DialogContent, DialogDescription, DialogHeader, DialogTitle } from '~/components/ui/dialog.tsx';
import { Kbd, KbdGroup } from '~/components/ui/kbd.tsx';
import { printKeys } from '~/lib/keymap.ts';
import { isMac, type Shortcut, useShortcutList } from '~/lib/shortcuts.ts';

/** Every shortcut that holds on the page that is shown. */
export function ShortcutsDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const groups = groupShortcuts(useShortcutList());
  return (
    <Dialog open={open} onOpenChange={onOpenChange}>
      <DialogContent className="max-w-2xl">
        <DialogHeader>
          <DialogTitle>Keyboard shortcuts</DialogTitle>
          <DialogDescription>Single keys rest while you type. They can be turned off in the settings.</DialogDescription>
        </DialogHeader>
        <div className="columns-1 gap-8 sm:columns-2">
          {groups.map(([group, shortcuts]) => (
            <section key={group} className="mb-5 break-inside-avoid">
              <h3 className="mb-1.5 text-xs font-medium text-muted-foreground">{group}</h3>
              <dl>
                {shortcuts.map(({ keys, description }) => (
                  <div key={`${keys} ${description}`} className="flex min-h-7 items-center justify-between gap-4">
                    <dt>{description}</dt>
                    <dd>
                      <Keys keys={keys} />
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </DialogContent>
    </Dialog>
  );
}

/** Keys as they are printed on this keyboard. */
export function Keys({ keys }: { keys: string }) {
  return (
    <KbdGroup>
      {printKeys(keys, isMac()).map((chord, index) => (
        <KbdGroup key={index}>
          {index > 0 && <span className="text-xs text-muted-foreground">then</span>}
          {chord.map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}
        </KbdGroup>
      ))}
    </KbdGroup>
  );
}

/** By heading, in the order of their first appearance, the page's own first. */
function groupShortcuts(shortcuts: readonly Shortcut[]): [string, Shortcut[]][] {
  const groups = new Map<string, Shortcut[]>([['This page', []]]);
  for (const shortcut of shortcuts) {
    const group = groups.get(shortcut.group) ?? [];
    if (!group.some(({ keys }) => keys === shortcut.keys)) group.push(shortcut);
    groups.set(shortcut.group, group);
  }
  return [...groups].filter(([, group]) => group.length > 0);
}
