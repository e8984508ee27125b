/**
 * A page that shows another inspector in an iframe and passes on to it what the relay tells. Messages go to that page's
 * origin and to no other. `nonce` lets its one script run.
 */
export function bridgePage(inspectorUrl: string, stream: string, nonce: string): string {
  const origin = new URL(inspectorUrl).origin;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Inspector</title>
<style nonce="${nonce}">html,body,iframe{margin:0;border:0;width:100%;height:100%;display:block}</style>
<iframe title="Inspector" src="${escapeAttribute(inspectorUrl)}"></iframe>
<script nonce="${nonce}">
const page = document.querySelector('iframe');
const told = [];
let isConnected = false;
const post = (message) => page.contentWindow.postMessage(message, ${inScript(origin)});
addEventListener('message', ({ source, data }) => {
  if (source !== page.contentWindow || data?.type !== '@statelyai.connected') return;
  isConnected = true;
  told.forEach(post);
});
const stream = new EventSource(${inScript(stream)});
stream.addEventListener('reset', () => { told.length = 0; });
stream.addEventListener('message', ({ data }) => {
  const message = JSON.parse(data);
  told.push(message);
  if (isConnected) post(message);
});
</script>
`;
}

const escapeAttribute = (text: string) =>
  text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

const inScript = (text: string) => JSON.stringify(text).replaceAll('<', '\\u003c');
