import { describe, expect, it } from '@jest/globals';
import { refuseModelBody } from './model-body.ts';

const said = (...content: object[]) => ({ model: 'm', input: [{ type: 'message', role: 'user', content }] });
const withTool = (tool: object) => ({ model: 'm', input: [], tools: [{ type: 'function', name: 'exec_command' }, tool] });

describe('refuseModelBody', () => {
  it.each([
    ['words', said({ type: 'input_text', text: 'see https://example.com/a.png' })],
    ['words instead of items', { model: 'm', input: 'see https://example.com' }],
    ['an image that comes along', said({ type: 'input_image', image_url: 'data:image/png;base64,AAAA' })],
    ['what a tool printed', { model: 'm', input: [{ type: 'function_call_output', call_id: 'c', output: 'https://example.com' }] }],
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
    ['tools of no known shape', { model: 'm', tools: ['mcp'] }],
  ])('refuses %s', (_what, body) => {
    expect(refuseModelBody(body)).toMatchObject({ status: 400, code: 'model-call-not-allowed' });
  });

  it('refuses what is nested too deep to look at', () => {
    let input: object = {};
    for (let depth = 0; depth < 100_000; depth++) input = { input };

    expect(refuseModelBody({ model: 'm', input })).toMatchObject({ code: 'model-call-not-allowed' });
  });
});
