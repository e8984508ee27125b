import { useMemo } from 'react';
import { createCountdown, type TimeoutForecast } from '../client/index.ts';
import { useSandbox } from './use-sandbox.ts';

/**
 * Returns the whole seconds until a time limit, and renders again once a second until 0. Follows corrections of the server's
 * clock. Null without a forecast, and while a server renders the page.
 *
 * @example
 * const seconds = useCountdown(useSandbox(client, (view) => view.timeout));
 */
export function useCountdown(forecast: TimeoutForecast | null): number | null {
  return useSandbox(useMemo(() => createCountdown(forecast), [forecast]));
}
