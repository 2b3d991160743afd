import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What goes wrong with one call of a method; taken from the front of its list. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly message?: string; readonly headers?: Readonly<Record<string, string>>; readonly html?: boolean; readonly nested?: boolean }
  /** HTTP 200 with an error code inside. */
  | { readonly kind: 'inside'; readonly code: number; readonly message: string }
  /** Does its work and never answers. */
  | { readonly kind: 'lost_reply' };

/** What goes wrong with one transfer from or to storage. */
export type StorageFault =
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'range_ignored' }
  | { readonly kind: 'wrong_md5' }
  | { readonly kind: 'no_length' }
  | { readonly kind: 'slow' };

export interface StoredSubmission {
  readonly ref: number;
  /** Of its upload; none of a notebook's. */
  readonly token?: string;
  /** Looks at the list until it is in it. */
  late: number;
  readonly fileName: string;
  readonly description: string;
  /** Looks until it is scored. */
  pending: number;
  readonly result: { readonly status: string; readonly publicScore?: string; readonly privateScore?: string; readonly errorDescription?: string };
}

/**
 * Kaggle's API over real HTTP, as far as it can be had without Kaggle: the RPC door, which wants
 * credentials, and a storage on another port, which fails a request that carries them.
 */
export class KaggleServer {
  entered = true;
  codeOnly = false;
  evaluationMetric = 'Log Loss';
  allowedNow = 5;
  /** Looks at a new submission until it is scored. */
  pending = 2;
  /** Looks at the list until a new submission is in it. */
  lateBy = 0;
  /** Hears of every call before it is answered. */
  onCall: ((method: string) => void) | undefined;
  authorization: string | undefined;
  readonly files = new Map<string, Buffer>();
  /** Name in the address of a file; Kaggle sends `train.csv` as `train.csv.zip`. */
  readonly storedAs = new Map<string, string>();
  readonly faults = new Map<string, Fault[]>();
  readonly storageFaults: StorageFault[] = [];
  readonly submissions: StoredSubmission[] = [];
  nextResult: StoredSubmission['result'] = { status: 'COMPLETE', publicScore: '0.1234' };
  board: { teamName: string; score: string }[] = [{ teamName: 'Ünï', score: '0.11' }];
  /** Notebooks that were pushed, newest last, and what the newest comes to. */
  readonly kernels: Record<string, unknown>[] = [];
  kernelStatuses: { status?: string; failureMessage?: string }[] = [{}, { status: 'KERNEL_WORKER_STATUS_RUNNING' }, { status: 'complete' }];
  /** The answer to a push, beside reference and version. */
  savedKernel: Record<string, unknown> = {};
  /** Submissions of versions of notebooks. */
  readonly codeSubmissions: Record<string, unknown>[] = [];
  /** Methods in the order in which they were called. */
  readonly calls: string[] = [];
  /** First byte of every transfer from the storage, by name of the file. */
  readonly transfers: { readonly of: string; readonly from: number }[] = [];
  /** What may never happen and did. */
  readonly violations: string[] = [];
  private readonly uploads = new Map<string, Buffer>();
  private etag = '"one"';

  private constructor(
    private readonly api: Server,
    private readonly storage: Server,
  ) {}

  static async start(): Promise<KaggleServer> {
    const api = createServer();
    const storage = createServer();
    const server = new KaggleServer(api, storage);
    api.on('request', (request, response) => void server.answer(request, response));
    storage.on('request', (request, response) => void server.serve(request, response));
    for (const one of [api, storage]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
    return server;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.api.address() as AddressInfo).port}/v1`;
  }

  fault(method: string, ...faults: Fault[]): void {
    this.faults.set(method, [...(this.faults.get(method) ?? []), ...faults]);
  }

  /** The stored file is another one from now on. */
  change(name: string, content: Buffer): void {
    this.files.set(name, content);
    this.etag = `"${createHash('md5').update(content).digest('hex')}"`;
  }

  uploaded(token: string): Buffer | undefined {
    return this.uploads.get(token);
  }

  async stop(): Promise<void> {
    for (const one of [this.api, this.storage]) {
      one.closeAllConnections();
      await new Promise<void>((resolve) => one.close(() => resolve()));
    }
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = (request.url ?? '').split('/').at(-1) ?? '';
    this.calls.push(method);
    this.onCall?.(method);
    const body = JSON.parse((await bytesOf(request)).toString('utf8') || '{}') as Record<string, unknown>;
    const fault = this.faults.get(method)?.shift();
    if (fault && fault.kind !== 'lost_reply') return sendFault(response, fault);
    const { authorization } = request.headers;
    if (!authorization || (this.authorization !== undefined && authorization !== this.authorization)) return refuse(response, 401, 'Unauthenticated');
    if (body.group === 'COMPETITION_LIST_TAB_ENTERED' && !this.entered) return send(response, {});
    if (body.competitionName !== undefined && body.competitionName !== 'toy-cup') return refuse(response, 403, "Permission 'competitions.get' was denied");
    const handler = this.methods[method];
    if (!handler) return refuse(response, 404, 'Not found');
    const result = handler(body);
    if (fault?.kind === 'lost_reply') return void response.destroy();
    if ('refuse' in result) return refuse(response, 403, String(result.refuse));
    if ('location' in result) return void response.writeHead(302, { location: String(result.location) }).end();
    send(response, result);
  }

  private readonly methods: Readonly<Record<string, (body: Record<string, unknown>) => Record<string, unknown>>> = {
    ListCompetitions: (body) => {
      const toy = { id: 7, ref: 'https://www.kaggle.com/competitions/toy-cup', title: 'Toy Cup', category: 'Playground', teamCount: 12, evaluationMetric: 'Log Loss', maxDailySubmissions: 5, tags: [{ name: 'tabular' }] };
      // An empty page with a token, then the rest, then the same token again.
      if (body.pageToken === undefined) return { competitions: [toy], nextPageToken: 't1' };
      if (body.pageToken === 't1') return { nextPageToken: 't2' };
      return { competitions: [{ ...toy, ref: 'https://www.kaggle.com/competitions/second-cup', title: 'Second Cup' }], nextPageToken: 't2' };
    },
    GetCompetition: () => ({ ref: 'https://www.kaggle.com/competitions/toy-cup', title: 'Toy Cup', userHasEntered: this.entered, deadline: '2031-01-01T23:59:00Z', maxDailySubmissions: 5, evaluationMetric: this.evaluationMetric, ...(this.codeOnly ? { isKernelsSubmissionsOnly: true } : {}) }),
    ListCompetitionPages: () => ({ pages: [{ name: 'Description', content: '# Toy' }] }),
    ListDataFiles: () => (this.entered ? { files: [...this.files].map(([name, content]) => ({ name, totalBytes: String(content.length), creationDate: '2030-05-01T10:00:00.1234567Z' })) } : { refuse: "You must accept this competition's rules before you'll be able to download files." }),
    DownloadDataFile: (body) => (this.entered ? { location: this.storageUrl(`o/${encodeURIComponent(this.storedAs.get(String(body.fileName)) ?? String(body.fileName).split('/').at(-1)!)}?sig=1&of=${encodeURIComponent(String(body.fileName))}`) } : { refuse: "You must accept this competition's rules before you'll be able to download files." }),
    DownloadDataFiles: () => ({ location: this.storageUrl('o/toy-cup.zip?of=%2Fall') }),
    GetSubmissionLimits: () => ({ numToday: 5 - this.allowedNow, ...(this.allowedNow > 0 ? { numAllowedNow: this.allowedNow } : {}) }),
    StartSubmissionUpload: () => {
      const token = `tok${this.uploads.size + 1}`;
      this.uploads.set(token, Buffer.alloc(0));
      return { token, createUrl: this.storageUrl(`up/${token}`) };
    },
    CreateSubmission: (body) => {
      const ref = 501 + this.submissions.length;
      this.submissions.push({ ref, token: String(body.blobFileTokens), late: this.lateBy, fileName: 'submission.csv', description: String(body.submissionDescription), pending: this.pending, result: this.nextResult });
      this.allowedNow -= 1;
      return { message: 'Successfully submitted to Toy Cup', ref };
    },
    ListSubmissions: () => ({ submissions: this.submissions.filter((one) => one.late-- <= 0).map(({ ref, fileName, description, pending, result }) => ({ ref, fileName, description, date: new Date().toISOString(), ...(pending < 0 ? result : {}) })) }),
    GetSubmission: (body) => {
      const found = this.submissions.find((one) => one.ref === body.ref);
      if (!found) return {};
      // The default value of the status is left out.
      if (found.pending-- > 0) return { ref: found.ref };
      return { ref: found.ref, ...found.result };
    },
    GetLeaderboard: () => ({ submissions: this.board }),
    SaveKernel: (body) => {
      this.kernels.push(body);
      return { ref: `/code/${String(body.slug)}`, url: `https://www.kaggle.com/code/${String(body.slug)}`, versionNumber: this.kernels.length, ...this.savedKernel };
    },
    // A version without its letter is not found.
    GetKernelSessionStatus: (body) => (Number(/^v(\d+)$/.exec(String(body.versionLabel))?.[1] ?? Infinity) <= this.kernels.length ? ((this.kernelStatuses.length > 1 ? this.kernelStatuses.shift() : this.kernelStatuses[0]) ?? {}) : { refuse: 'Not found' }),
    // A request names no version, and gets the newest one's: of its own file where there is one.
    ListKernelSessionOutput: () => {
      const own = `/output/${this.kernels.length}`;
      return { files: [{ fileName: 'submission.csv', url: this.storageUrl(`o/submission.csv?of=${encodeURIComponent(this.files.has(own) ? own : '/output')}`) }], log: `Version ${this.kernels.length} ran.` };
    },
    GetKernel: (body) =>
      body.userName === 'ann'
        ? { metadata: { ref: 'ann/first-look', title: 'First look', language: 'python', kernelType: 'notebook', competitionDataSources: ['toy-cup'], datasetDataSources: ['ann/extra'], ...(this.kernels.length > 0 ? { currentVersionNumber: this.kernels.length } : {}) }, blob: { source: '{"cells":[{"cell_type":"code","source":"1","metadata":{},"outputs":[],"execution_count":null}],"metadata":{},"nbformat":4,"nbformat_minor":5}' } }
        : { refuse: "Permission 'kernels.get' was denied" },
    CreateCodeSubmission: (body) => {
      this.codeSubmissions.push(body);
      const ref = 501 + this.submissions.length;
      this.submissions.push({ ref, late: this.lateBy, fileName: String(body.fileName), description: String(body.submissionDescription), pending: this.pending, result: this.nextResult });
      return { message: 'Successfully submitted', ref };
    },
    DownloadDataset: () => ({ location: this.storageUrl('o/extra.zip?of=%2Fdataset') }),
  };

  private storageUrl(path: string): string {
    return `http://127.0.0.1:${(this.storage.address() as AddressInfo).port}/${path}`;
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.authorization) this.violations.push('The storage was sent credentials.');
    const url = new URL(request.url ?? '/', 'http://storage');
    if (request.method === 'PUT') return await this.take(url.pathname.split('/').at(-1) ?? '', request, response);
    const content = this.files.get(url.searchParams.get('of') ?? '');
    if (!content) return void response.writeHead(404).end();
    const fault = this.storageFaults.shift();
    if (fault?.kind === 'status') return void response.writeHead(fault.status).end();
    const from = fault?.kind === 'range_ignored' ? undefined : firstByte(request);
    const start = from ?? 0;
    this.transfers.push({ of: url.searchParams.get('of') ?? '', from: start });
    if (start > 0 && start >= content.length) return void response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
    const body = content.subarray(start);
    response.writeHead(from === undefined ? 200 : 206, {
      ...this.storageHeaders(content, fault),
      ...(fault?.kind === 'no_length' ? {} : { 'content-length': String(body.length) }),
      ...(from === undefined ? {} : { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` }),
    });
    sendBody(response, body, fault);
  }

  private storageHeaders(content: Buffer, fault: StorageFault | undefined): Record<string, string> {
    const md5 = createHash('md5').update(fault?.kind === 'wrong_md5' ? 'something else' : content).digest('base64');
    return { etag: this.etag, 'accept-ranges': 'bytes', 'x-goog-hash': `crc32c=AAAAAA==, md5=${md5}` };
  }

  private async take(token: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const before = this.uploads.get(token) ?? Buffer.alloc(0);
    const range = request.headers['content-range'] ?? '';
    const content = await bytesOf(request);
    if (range.startsWith('bytes */')) {
      return void response.writeHead(308, before.length > 0 ? { range: `bytes=0-${before.length - 1}` } : {}).end();
    }
    const fault = this.storageFaults.shift();
    if (fault?.kind === 'status') return void response.writeHead(fault.status).end();
    if (fault?.kind === 'cut') {
      this.uploads.set(token, Buffer.concat([before, content.subarray(0, fault.after)]));
      return void response.destroy();
    }
    const start = Number(/^bytes (\d+)-/.exec(range)?.[1] ?? 0);
    if (start !== before.length && start !== 0) this.violations.push(`The upload went on at ${start}, the storage has ${before.length}.`);
    this.uploads.set(token, Buffer.concat([before.subarray(0, start), content]));
    response.writeHead(200).end();
  }
}

/** What a request wants from; undefined for the whole. */
function firstByte(request: IncomingMessage): number | undefined {
  const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
  return from === undefined ? undefined : Number(from);
}

function sendFault(response: ServerResponse, fault: Exclude<Fault, { kind: 'lost_reply' }>): void {
  if (fault.kind === 'inside') return send(response, { code: fault.code, message: fault.message });
  response.writeHead(fault.status, { 'content-type': fault.html ? 'text/html' : 'application/json', ...fault.headers });
  const error = { code: fault.status, message: fault.message ?? '' };
  response.end(fault.html ? '<html>Bad gateway</html>' : JSON.stringify(fault.nested ? { error } : error));
}

function refuse(response: ServerResponse, code: number, message: string): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ code, message }));
}

function sendBody(response: ServerResponse, body: Buffer, fault: StorageFault | undefined): void {
  if (fault?.kind === 'cut') response.write(body.subarray(0, fault.after), () => setTimeout(() => response.destroy(), 20));
  else if (fault?.kind === 'slow') response.write(body.subarray(0, 1));
  else response.end(body);
}

function send(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    // The client has gone.
  }
  return Buffer.concat(chunks);
}
