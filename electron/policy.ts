import headers from '../resources/page-headers.json' with { type: 'json' }

/** What a page of the studio may do, as the server says it too: one file for both, nothing of core is bundled here. */
export const securityHeaders: Readonly<Record<string, string>> = {
  ...headers,
  'content-security-policy': headers['content-security-policy'].join('; '),
}
