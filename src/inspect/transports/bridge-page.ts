import { jsonInScript } from '../../pages/fill-page.ts';
import { escapeMarkup } from '../../utils/escape-markup.ts';

/**
 * Writes a page that shows another inspector in an iframe and forwards the messages of the relay to it. They go only to
 * the origin of that inspector. `nonce` allows the one script of the page.
 */
export function bridgePage(inspectorUrl: string, stream: string, nonce: string): string {
  const origin = new URL(inspectorUrl).origin;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Inspector</title>
<style nonce="${nonce}">html,body,iframe{margin:0;border:0;width:100%;height:100%;display:block}</style>
<iframe title="Inspector" src="${escapeMarkup(inspectorUrl)}"></iframe>
<script nonce="${nonce}">
const page = document.querySelector('iframe');
const messages = [];
let isConnected = false;
const post = (message) => page.contentWindow.postMessage(message, ${jsonInScript(origin)});
addEventListener('message', ({ source, data }) => {
  if (source !== page.contentWindow || data?.type !== '@statelyai.connected') return;
  isConnected = true;
  messages.forEach(post);
});
const stream = new EventSource(${jsonInScript(stream)});
stream.addEventListener('reset', () => { messages.length = 0; });
stream.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data);
  messages.push(message);
  if (isConnected) post(message);
});
</script>
`;
}
