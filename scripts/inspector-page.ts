import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';
import { drawChart, lifecycleChart } from '../src/inspect/chart/index.ts';

const folder = new URL('../web/inspector/', import.meta.url);

/**
 * Builds the inspector's page: one HTML file that contains its script, its styles and the chart. Its policy allows only
 * these, and only requests to the server of the page.
 */
export async function buildInspectorPage(): Promise<string> {
  const { script, style } = await bundle();
  const template = readFileSync(new URL('index.html', folder), 'utf8');
  const filled = shorten(template.replace('<!-- chart -->', () => chartMarkup()))
    .replace('/* style */', () => style)
    .replace('/* script */', () => script);
  return filled.replace('the policy', policyOf(filled));
}

async function bundle(): Promise<{ script: string; style: string }> {
  const built = (await build({
    configFile: false,
    root: fileURLToPath(folder),
    logLevel: 'error',
    plugins: [
      { name: 'lean-table', enforce: 'pre', transform: leanTable },
      { name: 'lean-reasons', enforce: 'pre', transform: leanReasons },
    ],
    build: {
      write: false,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: {
        optimization: { inlineConst: { mode: 'all', pass: 3 } },
        // Without the refusals of arguments, which the page never has.
        treeshake: { manualPureFunctions: ['rule', 'Object.freeze'] },
        input: ['main.ts', 'style.css'].map((file) => fileURLToPath(new URL(file, folder))),
      },
    },
  })) as Rolldown.RolldownOutput;
  const chunk = built.output.find((file) => file.type === 'chunk' && file.name === 'main');
  const sheet = built.output.find((file) => file.type === 'asset' && file.fileName.endsWith('.css'));
  if (chunk?.type !== 'chunk' || sheet?.type !== 'asset')
    throw new Error('Vite has built no script or no styles.');
  // The script is not a module, so that the page works from a file. The function keeps its names local.
  const script = `(()=>{${chunk.code.trim()}})()`.replaceAll('</script', '<\\/script');
  return { script, style: String(sheet.source).trim() };
}

/**
 * Removes the parts of the machine's table that the page never runs: the initial state, the effects, and the updates. Those
 * that begin or end an operation of `suspended`, the one status with several states, become the change that decides
 * between its states. Guards that only judge the arguments of an event go too: the page asks about sample events, which
 * always have good ones.
 */
function leanTable(code: string, id: string): string | undefined {
  if (!id.endsWith('/src/machine/table.generated.ts')) return undefined;
  return code
    .replace(/initial: .*,/, '')
    .replace(/guard: undefined, /g, '')
    .replace(/, effects: \[[^\]]*\]/g, '')
    .replace(/guard: (guards\.(hasSnapshotId|isNewName|setsOtherTimeouts|isSameVersion)|undefined), /g, '')
    .replace(/guards\.(hasNewPendingReason|isOtherDeadline)/g, 'guards.answersOperation')
    .replace(/{ guard: guards.isSuccessfulExit.*},\s+/g, '')
    .replace(/(status: '(?!suspended)\w+'), update: updates\.\w+/g, '$1')
    .replace(/updates\.(completeSuspend|failResume|timeOutResume)/g, '(to) => (to.operation = null)')
    .replace('updates.beginResume', '(to) => (to.operation = 1)')
    .replace(/, update: updates\.\w+/g, '')
    .replace(/\['rename', (\[[^\]]*\])\],\s+\['setTimeouts', \1\],\s+\['configure', \1\]/g, '...staysIn($1)')
    .concat(
      'function staysIn(row) { return ["rename", "setTimeouts", "configure"].map((type) => [type, row]) }',
    );
}

/** Writes the list of all commands as their constant, which the page has anyway. */
function leanReasons(code: string, id: string): string | undefined {
  if (!id.endsWith('/src/machine/default-reason.ts')) return undefined;
  const short = code.replace(
    /case 'suspend':[\s\S]*case 'terminate':/,
    'case commands.includes(type) && type:',
  );
  return `import { commands } from '../model/events.ts';\n${short}`;
}

/** Draws the chart with short names, without tooltips, and without the attributes that the page derives from the texts. */
function chartMarkup(): string {
  return (
    drawChart(lifecycleChart)
      .replace(/(?<=<g[^>]*>)<title>[^<]*<\/title>/g, '')
      .replaceAll('lifecycle-chart-auto', 'chart')
      // The parser of HTML knows it, and a serializer adds it to the file of the chart.
      .replace(/ xmlns="[^"]*"/, '')
      .replace(/ data-event="[^"]*"/g, '')
      .replace(/(?<=<style>.*)'(?=.*<\/style>)/g, '')
  );
}

/** Shortens a page: no white space between tags, no quotes around words, no default types, no tags that HTML implies. */
function shorten(html: string): string {
  return html
    .replace(/>\s+</g, '><')
    .replaceAll(' type="button"', '')
    .replace(/(?<=<(?!script|meta http)[^<>]* [\w-]+=)"([\w.-]+)"(?=[ >])/g, '$1')
    .replace(/<head>|<\/head><body>|<\/body>|<\/html>/g, '');
}

function policyOf(page: string): string {
  const hashes = (tag: string) =>
    [...page.matchAll(new RegExp(`<${tag}>(.*?)</${tag}>`, 'gs'))]
      .map(([, content = '']) => `'sha256-${createHash('sha256').update(content).digest('base64')}'`)
      .join(' ');
  return [
    "default-src 'none'",
    `script-src ${hashes('script')}`,
    `style-src ${hashes('style')}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');
}
