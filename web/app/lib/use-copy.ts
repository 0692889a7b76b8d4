import { useEffect, useRef, useState } from 'react';
import { toast } from '~/lib/toast.ts';

/** Copies text to the clipboard. `copied` stays true for two seconds; a browser that refuses is told of in a toast. */
export function useCopy(): { copied: boolean; copy: (text: string) => void } {
  const [copied, setCopied] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);

  function copy(text: string): void {
    const copying = navigator.clipboard ? navigator.clipboard.writeText(text) : Promise.reject(new Error('no clipboard'));
    copying.then(
      () => {
        setCopied(true);
        clearTimeout(timer.current);
        timer.current = setTimeout(() => setCopied(false), 2_000);
      },
      () => toast.error('The browser did not let the text be copied; select it and copy it by hand.'),
    );
  }

  return { copied, copy };
}
