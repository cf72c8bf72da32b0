/** `@cb/ops/http`: the Troubleshooting Queue as one web-standard handler. Every public name is listed here, one by one. */
export { createTroubleshootingHttp } from './troubleshooting-http.ts';
export type { HttpHandler, TroubleshootingHttpOptions } from './troubleshooting-http.ts';
export type { Authenticate } from './guards.ts';
export { isSameSite } from './cross-site.ts';
