import { config } from 'zod';

// zod compiles object parsers with `new Function` when it may; the page's policy forbids that, and
// even the probe is reported as a violation. Import this before any module that makes a schema.
config({ jitless: true });
