/** Shorter pieces of a value are not looked for by themselves: they would garble ordinary text. */
const minLineLength = 8;
/** Where `base64` breaks its lines. */
const base64Line = 76;

/** Shorter rests of a value without the blanks around it are ordinary text. */
const minTrimmedLength = 6;

/**
 * Texts by which a value is recognised: as it is and without the blanks around it, as shells and files hold it; each of its longer
 * lines; in letters of one case (host names), as JSON, URL-encoded, in hexadecimal, and in base64 wherever in a longer text it
 * stands. Pure.
 */
export function formsOf(value: string): string[] {
  const trimmed = value.trim();
  const wholes = trimmed.length >= minTrimmedLength ? [value, trimmed] : [value];
  return [...new Set([...wholes.flatMap(formsOfWhole), ...linesOf(value)])].filter((form) => form.length > 0);
}

function formsOfWhole(value: string): string[] {
  const bytes = Buffer.from(value, 'utf8');
  const hex = bytes.toString('hex');
  return [
    value,
    value.toLowerCase(),
    value.toUpperCase(),
    JSON.stringify(value).slice(1, -1),
    ...urlForms(value),
    hex,
    hex.toUpperCase(),
    ...base64Forms(bytes),
  ];
}

function linesOf(value: string): string[] {
  const lines = value.split(/\r\n|\r|\n/);
  return lines.length === 1 ? [] : lines.map((line) => line.trim()).filter((line) => line.length >= minLineLength);
}

/** As `encodeURIComponent` and as forms do it, with the escapes in either case. */
function urlForms(value: string): string[] {
  const encoded = encodeURIComponent(value);
  const form = new URLSearchParams({ '': value }).toString().slice(1);
  return [encoded, form].flatMap((text) => [text, text.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())]);
}

/**
 * In base64 three bytes are four characters, so a value looks different by how many bytes stand before it. What of it depends on
 * its neighbours is left out, but for a value that stands alone.
 */
function base64Forms(bytes: Buffer): string[] {
  const cores = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const whole = Math.floor(((before + bytes.length) * 8) / 6);
    return text.slice(before === 0 ? 0 : before + 1, whole);
  });
  const alone = bytes.toString('base64');
  const standard = [alone, alone.replace(/=+$/, ''), ...cores];
  const wrapped = standard.slice(0, 3).map((text) => text.replace(new RegExp(`.{${base64Line}}(?=.)`, 'g'), '$&\n'));
  return [...standard, ...wrapped, ...standard.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
}
