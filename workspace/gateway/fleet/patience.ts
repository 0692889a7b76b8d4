/** What a promise comes to, or what stands in for it after `timeoutMs`; it goes on meanwhile. */
export async function within<T, L>(timeoutMs: number, promise: Promise<T>, late: () => L): Promise<T | L> {
  let timer: NodeJS.Timeout | null = null;
  const patience = new Promise<L>((resolve) => {
    timer = setTimeout(() => resolve(late()), timeoutMs);
  });
  try {
    return await Promise.race([promise, patience]);
  } finally {
    if (timer) clearTimeout(timer);
  }
}
