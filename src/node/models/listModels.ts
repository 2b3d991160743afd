import * as z from 'zod';
import { ModelError } from '../../core/agent/model/chat';
import { CancelledError } from '../../core/errors';
import { openAiClient, type Endpoint } from './client';
import { readFailure } from './modelFailure';

const listSchema = z.object({ data: z.array(z.object({ id: z.string().min(1) })) });
const maxModels = 2_000;
const timeoutMs = 20_000;

/**
 * Names of the models that an endpoint offers (`GET /models`), sorted; endpoints may leave some out.
 * @throws ModelError: `unauthorized` and `unreachable` say that address or key are wrong; `bad_request`
 * that the endpoint has no such list. CancelledError when the signal fired
 */
export async function listModels(endpoint: Endpoint, signal: AbortSignal): Promise<string[]> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const response = await openAiClient(endpoint).get('/models', { signal: AbortSignal.any([signal, limit]) }).asResponse();
    const list = listSchema.safeParse(await response.json());
    if (!list.success) throw noList(endpoint);
    return [...new Set(list.data.data.slice(0, maxModels).map((model) => model.id))].sort((a, b) => a.localeCompare(b));
  } catch (error) {
    if (signal.aborted) throw new CancelledError();
    if (limit.aborted) throw new ModelError('silent', `${endpoint.baseUrl} sent no list of models in ${timeoutMs / 1000} s.`, 'Check the address and that its server works.');
    const failed = readFailure(error, { ...endpoint, model: 'the list of models' });
    throw failed.error.reason === 'unknown_model' ? noList(endpoint) : failed.error;
  }
}

const noList = ({ baseUrl }: Endpoint): ModelError => new ModelError('bad_request', `${baseUrl} has no list of models.`, 'Type the name of the model as the endpoint knows it.');
