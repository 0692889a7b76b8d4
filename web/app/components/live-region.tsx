import { useEffect, useState } from 'react';

/** Tells screen readers about a change: says `message` politely whenever it becomes another one, never the one it begins with. */
export function LiveRegion({ message, assertive = false }: { message: string; assertive?: boolean }) {
  const [first] = useState(message);
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (message !== first || said !== '') setSaid(message);
  }, [message, first, said]);
  return (
    <p className="sr-only" role={assertive ? 'alert' : 'status'} aria-live={assertive ? 'assertive' : 'polite'} aria-atomic>
      {said}
    </p>
  );
}
