import { createContext, useContext } from 'react';

/** The nonce of the page that is rendered; empty in the browser, which hides it from scripts. */
export const NonceContext = createContext('');

/** The nonce for script and style elements of the page. Elements that carry it need `suppressHydrationWarning`. */
export function useNonce(): string {
  return useContext(NonceContext);
}
