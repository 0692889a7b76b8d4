/** What a page calls when hostile text ran; nothing ever may. */
export const alarm = 'astraforgeAlarm';

/** Texts that try to run in a page, each by another way in: markup, attributes, links, Markdown, templates, terminal codes. */
export const hostileTexts: readonly string[] = [
  `<script>${alarm}(1)</script>`,
  `<img src=x onerror=${alarm}(2)>`,
  `<svg/onload=${alarm}(3)>`,
  `"><img src=x onerror=${alarm}(4)>`,
  `'-${alarm}(5)-'`,
  `</title><script>${alarm}(6)</script>`,
  `</textarea><script>${alarm}(7)</script>`,
  `</script><script>${alarm}(8)</script>`,
  `[a link](javascript:${alarm}(9))`,
  `[a link](JaVaScRiPt&colon;${alarm}(10))`,
  `[a link](data:text/html,<script>${alarm}(11)</script>)`,
  `![a picture](x" onerror="${alarm}(12))`,
  `<a href="javascript:${alarm}(13)">a link</a>`,
  `<iframe srcdoc="<script>parent.${alarm}(14)</script>"></iframe>`,
  `<math><mtext><table><mglyph><style><img src=x onerror=${alarm}(15)>`,
  `<details open ontoggle=${alarm}(16)>x</details>`,
  `<style>@import 'javascript:${alarm}(17)';</style>`,
  `<form action="javascript:${alarm}(18)"><button>x</button></form>`,
  `\${${alarm}(19)}{{${alarm}(19)}}<%= ${alarm}(19) %>`,
  `\u001b]8;;javascript:${alarm}(20)\u001b\\a link\u001b]8;;\u001b\\ \u001b[31m<img src=x onerror=${alarm}(20)>\u001b[0m`,
  `\`\`\`html\n<script>${alarm}(21)</script>\n\`\`\``,
  `<!--><script>${alarm}(22)</script>-->`,
];

/** All of them in one text. */
export const hostileText = hostileTexts.join('\n\n');
