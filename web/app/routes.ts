import { flatRoutes } from '@remix-run/fs-routes';

/** Every file of `routes/` by its name. `_app` is the frame that signed-in pages share: `_app.requests.new.tsx` is /requests/new. */
export default flatRoutes({ ignoredRouteFiles: ['**/*.test.{ts,tsx}'] });
