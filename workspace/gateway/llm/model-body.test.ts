import { describe, expect, it } from '@jest/globals';
import { readModelBody, refuseModelBody } from './model-body.ts';

const said = (...content: object[]) => ({ model: 'm', input: [{ type: 'message', role: 'user', content }] });
const withTool = (tool: object) => ({ model: 'm', input: [], tools: [{ type: 'function', name: 'exec_command' }, tool] });

const bodyOf = (text: string) => readModelBody(Buffer.from(text));
const refusalOf = (text: string) => {
  const read = bodyOf(text);
  return 'refusal' in read ? read.refusal : null;
};

describe('readModelBody', () => {
  it('reads what the gateway looks at, however long its words are', () => {
    const words = `,[{"\\`.repeat(200_000);

    const read = bodyOf(JSON.stringify({ model: 'm', input: words, store: false }));

    expect(read).toEqual({ body: { model: 'm', input: words } });
  });

  it.each([
    ['no JSON', '{"model":"m"'],
    ['nothing', ''],
    ['no object', '["m"]'],
    ['no model', '{"input":[]}'],
    ['a model that is no name', `{"model":${JSON.stringify(Array.from({ length: 1000 }))}}`],
    ['a name without end', JSON.stringify({ model: 'm'.repeat(1_000_000) })],
    ['more values than anybody needs', `{"model":"m","tools":[${'0,'.repeat(500_000)}0]}`],
    ['more lists than anybody needs', `{"model":"m","input":[${'[],'.repeat(250_000)}[]]}`],
    ['a depth without end', `{"model":"m","input":${'['.repeat(500_001)}`],
  ])('refuses %s in a line', (_what, text) => {
    const refused = refusalOf(text);

    expect(refused).toMatchObject({ status: 400, code: 'malformed-call' });
    expect(refused?.message.length).toBeLessThan(200);
  });
});

describe('refuseModelBody', () => {
  it.each([
    ['words', said({ type: 'input_text', text: 'see https://example.com/a.png' })],
    ['words instead of items', { model: 'm', input: 'see https://example.com' }],
    ['an image that comes along', said({ type: 'input_image', image_url: 'data:image/png;base64,AAAA' })],
    ['what a tool printed', { model: 'm', input: [{ type: 'function_call_output', call_id: 'c', output: 'https://example.com' }] }],
    ['a call that goes on from nothing', { model: 'm', input: [], previous_response_id: null, conversation: null, store: false }],
    ['words of somebody in short', { model: 'm', input: [{ role: 'user', content: 'hello' }] }],
    ['tools of the agent', withTool({ type: 'custom', name: 'apply_patch' })],
    ['a search in what the provider keeps', withTool({ type: 'web_search', external_web_access: false })],
  ])('lets through %s', (_what, body) => {
    expect(refuseModelBody(body)).toBeNull();
  });

  it.each([
    ['a server that the provider would call', withTool({ type: 'mcp', server_url: 'https://evil.test', server_label: 'x' })],
    ['a search of the web', withTool({ type: 'web_search', external_web_access: true })],
    ['a search of the web by default', withTool({ type: 'web_search' })],
    ['a preview of it', withTool({ type: 'web_search_preview' })],
    ['a container at the provider', withTool({ type: 'code_interpreter', container: { type: 'auto' } })],
    ['an image by its address', said({ type: 'input_image', image_url: 'https://evil.test/?secret' })],
    ['an image by its address in an object', said({ type: 'image_url', image_url: { url: 'https://evil.test/?secret', detail: 'low' } })],
    ['a file by its address', said({ type: 'input_file', file_url: 'https://evil.test/?secret' })],
    [
      'an image in what a tool gave',
      {
        model: 'm',
        input: [{ type: 'function_call_output', call_id: 'c', output: [{ type: 'input_image', image_url: 'http://evil.test' }] }],
      },
    ],
    ['work in the background', { model: 'm', input: [], background: true }],
    ['a call that goes on from a stored answer', { model: 'm', input: 'go on', previous_response_id: 'resp_1' }],
    ['a call that goes on in a stored conversation', { model: 'm', input: 'go on', conversation: { id: 'conv_1' } }],
    ['a stored prompt', { model: 'm', prompt: { id: 'pmpt_1' } }],
    ['a stored item', { model: 'm', input: [{ type: 'item_reference', id: 'msg_1' }] }],
    ['a stored item in short', { model: 'm', input: [{ id: 'msg_1' }] }],
    ['tools of no known shape', { model: 'm', tools: ['mcp'] }],
    ['tools that are no list', { model: 'm', tools: { type: 'function' } }],
  ])('refuses %s', (_what, body) => {
    expect(refuseModelBody(body)).toMatchObject({ status: 400, code: 'model-call-not-allowed' });
  });

  it.each([
    ['too many tools', Array.from({ length: 1_001 }, () => ({ type: 'function' })), 'its "tools" are no list of at most 1000'],
    [
      'tools that are none by the first of them',
      [{ type: 'function' }, ...Array.from({ length: 999 }, () => 0)],
      'its tool 1 names no type',
    ],
    ['a tool of a long name by its beginning', [{ type: 'x'.repeat(1_000_000) }], `its tool "${'x'.repeat(60)}" works`],
  ])('refuses %s, in a line', (_what, tools, why) => {
    const message = refuseModelBody({ model: 'm', tools })?.message ?? '';

    expect(message).toContain(why);
    expect(message.length).toBeLessThan(300);
  });

  it('refuses what is nested too deep to look at', () => {
    let input: object = {};
    for (let depth = 0; depth < 100_000; depth++) input = { input };

    expect(refuseModelBody({ model: 'm', input })).toMatchObject({ code: 'model-call-not-allowed' });
  });
});
